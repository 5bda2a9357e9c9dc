//! An admin's program in the place of the tenant that the path names: a handler that takes whoever acts
//! for a tenant serves the tenant's own key and an admin's token alike.

use std::marker::PhantomData;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use magone_service::TenantCaller;
use serde_json::Value;

use super::admin::{Needs, admit, state_of};
use super::tenant::{Asks, Tenant};
use super::{WithBody, body};
use crate::problem::Problem;

/// An admin who has the permission, as a caller of the tenant `{tenant}`.
#[derive(Debug)]
pub struct StandIn<N: Needs>(pub TenantCaller, pub PhantomData<N>);

/// The same with a JSON body; an absent one is null. Size and syntax are judged before the token.
#[derive(Debug)]
pub struct StandInBody<N: Needs>(pub TenantCaller, pub Value, pub PhantomData<N>);

impl<N: Needs> FromRequest for StandIn<N> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move { Ok(Self(stand_in::<N>(&request).await?, PhantomData)) })
    }
}

impl<N: Needs> FromRequest for StandInBody<N> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            let body = body::read(&request, payload).await?;
            Ok(Self(stand_in::<N>(&request).await?, body, PhantomData))
        })
    }
}

async fn stand_in<N: Needs>(request: &HttpRequest) -> Result<TenantCaller, Problem> {
    let admin = admit::<N>(request).await?;
    let state = state_of(request)?;
    let (services, tenant) = (state.services.clone(), request.match_info().query("tenant").to_owned());
    state.call(async move { services.stand_in(&admin, N::PERMISSION, &tenant).await }).await
}

impl<S: Asks> From<Tenant<S>> for TenantCaller {
    fn from(Tenant(caller, _): Tenant<S>) -> Self {
        caller
    }
}

impl<S: Asks> From<WithBody<S>> for (TenantCaller, Value) {
    fn from(WithBody(caller, body, _): WithBody<S>) -> Self {
        (caller, body)
    }
}

impl<N: Needs> From<StandIn<N>> for TenantCaller {
    fn from(StandIn(caller, _): StandIn<N>) -> Self {
        caller
    }
}

impl<N: Needs> From<StandInBody<N>> for (TenantCaller, Value) {
    fn from(StandInBody(caller, body, _): StandInBody<N>) -> Self {
        (caller, body)
    }
}
