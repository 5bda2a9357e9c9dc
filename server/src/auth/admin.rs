//! An admin's program, known by its token, with the one permission that the handler asks for.
//!
//! Every endpoint that is an admin's begins with [`Admin`] or [`AdminBody`]: the list of endpoints
//! takes no other handlers, and reads from the type what an endpoint asks for.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use magone_service::{AdminCaller, Document, Permission, ServiceError};
use serde_json::Value;

use super::refusal::refused;
use super::stand_in::{StandIn, StandInBody};
use super::{bearer, body};
use crate::edge;
use crate::problem::Problem;
use crate::state::AppState;

/// A permission as a type.
pub trait Needs: 'static {
    /// The permission.
    const PERMISSION: Permission;
}

/// One type for each permission of the list.
macro_rules! needs {
    ($($name:ident),*) => {
        $(
            #[doc = concat!("Asks for [`Permission::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub struct $name;

            impl Needs for $name {
                const PERMISSION: Permission = Permission::$name;
            }
        )*
    };
}

needs!(
    ReadAudit,
    ReadExecutions,
    ReadKeys,
    ReadPrices,
    ReadTenants,
    ReadWebhooks,
    ReadWorkflows,
    SteerExecutions,
    WriteKeys,
    WritePrices,
    WriteTenants,
    WriteWebhooks,
    WriteWorkflows
);

/// Asks for what it takes to see documents of a kind.
#[derive(Debug)]
pub struct Reads<D>(PhantomData<D>);

impl<D: Document> Needs for Reads<D> {
    const PERMISSION: Permission = D::READ;
}

/// Asks for what it takes to change documents of a kind.
#[derive(Debug)]
pub struct Writes<D>(PhantomData<D>);

impl<D: Document> Needs for Writes<D> {
    const PERMISSION: Permission = D::WRITE;
}

/// An admin who has the permission.
#[derive(Debug)]
pub struct Admin<N: Needs>(pub AdminCaller, pub PhantomData<N>);

/// The same with a JSON body; an absent one is null. Size and syntax are judged before the token.
#[derive(Debug)]
pub struct AdminBody<N: Needs>(pub AdminCaller, pub Value, pub PhantomData<N>);

impl<N: Needs> FromRequest for Admin<N> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(admit::<N>(&request).await?, PhantomData)) })
    }
}

impl<N: Needs> FromRequest for AdminBody<N> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = body::read(&request, payload).await?;
            Ok(Self(admit::<N>(&request).await?, body, PhantomData))
        })
    }
}

pub(super) async fn admit<N: Needs>(request: &HttpRequest) -> Result<AdminCaller, Problem> {
    let token = bearer::credential(request.headers())?.ok_or(ServiceError::TokenMissing)?;
    let state = state_of(request)?;
    let (services, now) = (state.services.clone(), (state.now)());
    let caller = state.call(async move { services.catalog().admin(&token, now).await }).await;
    let caller = caller.map_err(|problem| refused(problem, request, state))?;
    edge::check_origin(request, None)?;
    caller.require(N::PERMISSION)?;
    Ok(caller)
}

pub(super) fn state_of(request: &HttpRequest) -> Result<&web::Data<AppState>, ServiceError> {
    let state = request.app_data::<web::Data<AppState>>();
    state.ok_or_else(|| ServiceError::Internal("the application has no state".to_owned()))
}

/// Arguments of a handler that only admins reach: the first one says what it asks for.
pub trait Guarded {
    /// What the handler asks for.
    type Needs: Needs;
}

macro_rules! guarded {
    ($($argument:ident),*) => {
        guarded!(Admin; $($argument),*);
        guarded!(AdminBody; $($argument),*);
        guarded!(StandIn; $($argument),*);
        guarded!(StandInBody; $($argument),*);
    };
    ($first:ident; $($argument:ident),*) => {
        impl<N: Needs, $($argument),*> Guarded for ($first<N>, $($argument,)*) {
            type Needs = N;
        }
    };
}

guarded!();
guarded!(A);
guarded!(A, B);
guarded!(A, B, C);
