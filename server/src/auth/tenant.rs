//! A tenant's program, known by its key, with the one scope that the handler asks for.
//!
//! Every endpoint that is a tenant's begins with [`Tenant`] or [`WithBody`]: the list of endpoints
//! takes no other handlers, and reads from the type what an endpoint asks for.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest, web};
use futures_util::future::LocalBoxFuture;
use magone_core::grant::Scope;
use magone_service::{ServiceError, TenantCaller};

use super::admin::state_of;
use super::refusal::refused;
use super::{WithBody, bearer};
use crate::edge::{self, Identity};
use crate::limits;
use crate::problem::Problem;
use crate::state::AppState;

/// A scope as a type.
pub trait Asks: 'static {
    /// The scope; `None`: any valid key will do.
    const SCOPE: Option<Scope>;
}

/// One type for each scope.
macro_rules! asks {
    ($($name:ident),*) => {
        $(
            #[doc = concat!("Asks for [`Scope::", stringify!($name), "`].")]
            #[derive(Debug)]
            pub struct $name;

            impl Asks for $name {
                const SCOPE: Option<Scope> = Some(Scope::$name);
            }
        )*
    };
}

asks!(Execute, Read, ManageWebhooks, ManageKeys);

/// Asks for no scope: what every key may know about itself.
#[derive(Debug)]
pub struct AnyKey;

impl Asks for AnyKey {
    const SCOPE: Option<Scope> = None;
}

/// The caller of a tenant's endpoint, whose key has the scope.
#[derive(Clone, Debug)]
pub struct Tenant<S: Asks>(pub TenantCaller, pub PhantomData<S>);

impl<S: Asks> FromRequest for Tenant<S> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let caller = admit::<S>(&request).await?;
            if request.method().is_safe() {
                count_read(&request, &caller)?;
            }
            Ok(Self(caller, PhantomData))
        })
    }
}

/// It counts as a read, unless there is nothing to be read: `limits` looks at the answer.
fn count_read(request: &HttpRequest, caller: &TenantCaller) -> Result<(), Problem> {
    if let Some(state) = request.app_data::<web::Data<AppState>>() {
        state.services.count_read(caller)?;
        request.extensions_mut().insert(limits::Read);
    }
    Ok(())
}

/// The caller of a request, who has the scope, and is told their limits with the answer.
pub(super) async fn admit<S: Asks>(request: &HttpRequest) -> Result<TenantCaller, Problem> {
    let caller = authenticate(request).await?;
    let identity = Identity { tenant: caller.tenant.id.clone(), key: caller.key.id.clone() };
    request.extensions_mut().insert(identity);
    edge::check_origin(request, Some(&caller.tenant))?;
    if let Some(scope) = S::SCOPE {
        caller.require(scope)?;
    }
    request.extensions_mut().insert(caller.clone());
    Ok(caller)
}

async fn authenticate(request: &HttpRequest) -> Result<TenantCaller, Problem> {
    let key = bearer::credential(request.headers())?.ok_or(ServiceError::KeyMissing)?;
    let state = state_of(request)?;
    let (services, now) = (state.services.clone(), (state.now)());
    let caller = match services.catalog().known(&key, now) {
        Some(known) => known.map_err(Problem::from),
        None => state.call(async move { services.catalog().authenticate(&key, now).await }).await,
    };
    caller.map_err(|problem| refused(problem, request, state))
}

/// Arguments of a handler that tenants reach: the first one says what it asks for.
pub trait Scoped {
    /// What the handler asks for.
    type Asks: Asks;
}

macro_rules! scoped {
    ($($argument:ident),*) => {
        impl<S: Asks, $($argument),*> Scoped for (Tenant<S>, $($argument,)*) {
            type Asks = S;
        }

        impl<S: Asks, $($argument),*> Scoped for (WithBody<S>, $($argument,)*) {
            type Asks = S;
        }
    };
}

scoped!();
scoped!(A);
scoped!(A, B);
scoped!(A, B, C);
scoped!(A, B, C, D);
