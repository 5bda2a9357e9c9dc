//! Makes what is missing of the demo, and leaves the rest alone.

use std::path::Path;
use std::sync::Arc;

use magone_core::agent::Agent;
use magone_core::key::ApiKey;
use magone_core::workflow::Definition;
use magone_service::{
    AdminCaller, Assignment, NewKeyRequest, NewTenantRequest, ServiceError, Services, TenantCaller,
};

use super::introduction::Demo;
use super::{catalogue, key_file};
use crate::application::StartError;
use crate::clock;

const TENANT: &str = "magure";
const RATE_LIMIT: u32 = 60;

/// Prepares the demo: at the first start all of it, later what was removed since.
///
/// # Errors
/// What the database or the file system says.
pub async fn prepare(services: &Services, data_dir: &Path) -> Result<Demo, StartError> {
    let caller = AdminCaller::command_line();
    let path = key_file::path(data_dir);
    let (key, notes) = key(services, &caller, &path).await?;
    save_missing(services, &caller).await?;
    Ok(Demo { key, key_file: path, notes })
}

/// The key that is kept where it still opens the tenant, else a new one.
async fn key(
    services: &Services,
    caller: &AdminCaller,
    path: &Path,
) -> Result<(ApiKey, Vec<String>), StartError> {
    let kept = key_file::read(path)?;
    if let Some(key) = &kept {
        match services.catalog().authenticate(key.reveal(), clock::now()).await {
            Ok(found) if found.tenant.slug == TENANT => return Ok((key.clone(), Vec::new())),
            Err(ServiceError::TenantSuspended(tenant)) if tenant == TENANT => {
                let note =
                    format!("The tenant is suspended; run `magone tenant resume {TENANT}` to use the key.");
                return Ok((key.clone(), vec![note]));
            }
            Ok(_) | Err(ServiceError::KeyInvalid | ServiceError::TenantSuspended(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let place = key_file::Place::reserve(path)?;
    let request = NewTenantRequest {
        name: "Magure".to_owned(),
        slug: TENANT.to_owned(),
        rate_limit_per_minute: Some(RATE_LIMIT),
    };
    let (key, notes) = match services.create_tenant(caller, request).await {
        Ok(created) => (created.key, Vec::new()),
        Err(ServiceError::Conflict(_)) => {
            let request = NewKeyRequest {
                tenant: TENANT.to_owned(),
                name: "demo".to_owned(),
                ..NewKeyRequest::default()
            };
            let key = services.add_key(caller, request).await?.key;
            let why = if kept.is_some() { "the kept one opens it no more" } else { "none was kept" };
            let note = format!(
                "The tenant was there already and has one more key now, since {why}; its older keys stay valid."
            );
            (key, vec![note])
        }
        Err(error) => return Err(error.into()),
    };
    place.keep(&key)?;
    Ok((key, notes))
}

async fn save_missing(services: &Services, caller: &AdminCaller) -> Result<(), StartError> {
    let saved = services.documents::<Agent>(caller).await?;
    for agent in catalogue::agents()? {
        if !saved.iter().any(|saved| saved.id == agent.id) {
            services.save(caller, &agent, None).await?;
        }
    }
    let saved = services.documents::<Definition>(caller).await?;
    let assigned = assigned(services, caller).await?;
    for workflow in catalogue::workflows()? {
        if !saved.iter().any(|saved| saved.id == workflow.id) {
            services.save(caller, &workflow, None).await?;
        }
        if !assigned.contains(&workflow.id) {
            let assignment = Assignment { definition: workflow.id.clone(), ..Assignment::default() };
            services.assign_workflow(caller, TENANT, &workflow.id, assignment).await?;
        }
    }
    Ok(())
}

/// Short names of the workflows that the tenant has.
async fn assigned(services: &Services, caller: &AdminCaller) -> Result<Vec<String>, StartError> {
    let tenants = services.tenants(caller).await?;
    let tenant = tenants.into_iter().find(|tenant| tenant.slug == TENANT);
    let tenant = tenant.ok_or_else(|| ServiceError::not_found("Tenant", TENANT))?;
    let workflows = services.workflows(&TenantCaller::server(Arc::new(tenant))).await?;
    Ok(workflows.into_iter().map(|workflow| workflow.slug.clone()).collect())
}
