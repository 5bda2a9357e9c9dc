//! Runs of the house: those that admins' programs start. They belong to the tenant `internal`, and
//! what comes with a call is saved before it runs, because a run is pinned to what is stored.

use std::borrow::Cow;
use std::time::Duration;

use magone_core::agent::Agent;
use magone_core::ids::{TenantId, TenantWorkflowId};
use magone_core::ports::RunStore;
use magone_core::workflow::{Definition, Problem};
use magone_store::TenantWorkflow;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use crate::members::Members;
use crate::{
    AdminCaller, ExecuteRequest, Permission, Resolved, ServiceError, Services, TenantCaller, Waited,
    versioned,
};

/// Name of runs whose definition came with the call.
const INLINE: &str = "inline";

/// What an admin's program wants to have run.
#[derive(Clone, Debug, PartialEq)]
pub struct HouseRequest {
    agent_id: Option<String>,
    definition: Option<Map<String, Value>>,
    request: ExecuteRequest,
}

impl JsonSchema for HouseRequest {
    fn schema_name() -> Cow<'static, str> {
        "HouseRequest".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "What the house runs: a stored definition or agent, or a definition that comes along.",
            "type": "object",
            "required": ["user_input"],
            "anyOf": [
                {"required": ["agent_id"], "properties": {"agent_id": {"type": "string"}}},
                {"required": ["workflow_definition"], "properties": {"workflow_definition": inline(generator)}},
            ],
            "properties": {
                "agent_id": {"type": ["string", "null"], "description": "A definition's id, or an agent's."},
                "user_input": {"description": "What it is asked."},
                "workflow_definition": {"type": ["object", "null"], "description": "A definition that nobody saved."},
                "session_id": {
                    "type": ["string", "null"],
                    "minLength": 1,
                    "maxLength": 255,
                    "description": "Which conversation it goes on with.",
                },
            },
        })
    }
}

/// As a definition that is saved, yet its id is made of what it says.
fn inline(generator: &mut SchemaGenerator) -> Schema {
    let mut schema = Definition::json_schema(generator);
    if let Some(required) = schema.get_mut("required").and_then(Value::as_array_mut) {
        required.retain(|name| name != "id");
    }
    schema
}

impl HouseRequest {
    /// From the body `{agent_id, user_input, workflow_definition, session_id}`. `agent_id` is a
    /// definition's id or an agent's; it can be left out where a definition comes along.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem of its form.
    pub fn from_json(body: Value) -> Result<Self, ServiceError> {
        let mut members = Members::of("request", body)?;
        let definition = match members.take("workflow_definition") {
            None | Some(Value::Null) => None,
            Some(Value::Object(definition)) => Some(definition),
            Some(_) => {
                members.problem("workflow_definition", "'workflow_definition' has to be an object or null");
                None
            }
        };
        let agent_id = match definition {
            Some(_) => members.text("agent_id"),
            None => Some(members.needed_text("agent_id")),
        };
        let input = members.take("user_input").unwrap_or_else(|| {
            members.problem("user_input", "The member 'user_input' is missing");
            Value::Null
        });
        let session_id = members.text("session_id");
        if session_id.as_deref().is_some_and(|id| !(1..=255).contains(&id.chars().count())) {
            members.problem("session_id", "'session_id' has to be a text of 1 to 255 characters, or null");
        }
        members.end()?;
        let request = ExecuteRequest { input, session_id, ..ExecuteRequest::default() };
        Ok(Self { agent_id, definition, request })
    }
}

impl Services {
    /// Runs a definition or an agent in the house's name and waits for its end, at most as long as
    /// the definition lets a caller wait and at most `wish`; no longer than until `stop` resolves.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`], also for a definition that comes along without the scope for
    /// it; [`ServiceError::NotFound`], [`ServiceError::Validation`], [`ServiceError::Draining`].
    pub async fn run_for_house(
        &self,
        caller: &AdminCaller,
        body: Value,
        wish: Option<Duration>,
        stop: impl Future<Output = ()> + Send,
    ) -> Result<Waited, ServiceError> {
        caller.require(Permission::SteerExecutions)?;
        let HouseRequest { agent_id, definition, request } = HouseRequest::from_json(body)?;
        let (name, id, version) = match (definition, agent_id) {
            (Some(definition), _) => {
                caller.require(Permission::RunInline)?;
                let (id, version) = self.save_inline(definition).await?;
                (INLINE.to_owned(), id, version)
            }
            (None, agent_id) => self.stored(agent_id.unwrap_or_default()).await?,
        };
        let mint = || (self.clock.mint)();
        let ids = (TenantId::from_uuid(mint()), TenantWorkflowId::from_uuid(mint()));
        let (tenant, workflow) = self.catalog.house(ids).await?;
        if !tenant.is_active {
            return Err(ServiceError::TenantSuspended(tenant.slug.clone()));
        }
        let pins = self.catalog.pins(&id, version, None).await?;
        let program = self.store.program(&pins).await?;
        let problems = request.problems(&program);
        if !problems.is_empty() {
            return Err(ServiceError::invalid("request", problems.into_iter().map(renamed).collect()));
        }
        let workflow = of_house(workflow, name, id, (self.clock.now)());
        let resolved = Resolved::new(workflow, pins, program);
        let house = TenantCaller::server(tenant);
        let run = Self::order(&house, &resolved, self.mint_execution(), request, None);
        Ok(self.start_and_wait(&house, run, wish, stop).await?.run)
    }

    /// What is stored under that id: a definition, else an agent. The name that the run goes by, the
    /// definition and its version.
    async fn stored(&self, id: String) -> Result<(String, String, Option<u32>), ServiceError> {
        let configuration = self.store.configuration();
        if configuration.document::<Definition>(&id, None).await?.is_some() {
            return Ok((id.clone(), id, None));
        }
        let agent = configuration.document::<Agent>(&id, None).await?;
        agent.ok_or_else(|| versioned::missing::<Agent>(&id, None))?;
        let alone = json!({"entry_step": "ask", "steps": [{"id": "ask", "type": "agent", "agent": id}]});
        let (definition, version) = self.save_inline(alone.as_object().cloned().unwrap_or_default()).await?;
        Ok((id, definition, version))
    }

    /// Saves what came along under an id that its content gives it: the same content is the same
    /// definition, and nobody finds it in a list.
    async fn save_inline(
        &self,
        mut members: Map<String, Value>,
    ) -> Result<(String, Option<u32>), ServiceError> {
        members.insert("id".to_owned(), Value::from(INLINE));
        let read = self.read(Value::Object(members)).await;
        let mut definition: Definition = read.map_err(below_definition)?;
        definition.id = format!("{INLINE}-{}", digest(&definition)?);
        let now = (self.clock.now)();
        let version = self.store.configuration().save_unlisted(&definition, now).await?;
        Ok((definition.id, Some(version)))
    }
}

/// 32 hexadecimal digits of the content's SHA-256.
fn digest(definition: &Definition) -> Result<String, ServiceError> {
    let text = serde_json::to_string(definition)
        .map_err(|error| ServiceError::Internal(format!("a definition is no JSON: {error}")))?;
    Ok(Sha256::digest(text.as_bytes()).iter().take(16).map(|byte| format!("{byte:02x}")).collect())
}

fn of_house(
    id: TenantWorkflowId,
    slug: String,
    definition_id: String,
    now: magone_core::time::Timestamp,
) -> TenantWorkflow {
    TenantWorkflow {
        id,
        slug,
        name: None,
        description: None,
        definition_id,
        version: None,
        is_active: true,
        overrides: None,
        created_at: now,
        updated_at: now,
    }
}

/// The body calls the input otherwise than a tenant's does.
fn renamed(problem: Problem) -> Problem {
    match problem.pointer.strip_prefix("/input") {
        Some(rest) => Problem::new(format!("/user_input{rest}"), problem.detail),
        None => problem,
    }
}

/// Problems of the definition, as places of the body that it came in.
fn below_definition(error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Validation { problems, .. } => {
            let below = |p: Problem| Problem::new(format!("/workflow_definition{}", p.pointer), p.detail);
            ServiceError::invalid("request", problems.into_iter().map(below).collect())
        }
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let pointers = |body: Value| {
            let error = HouseRequest::from_json(body).unwrap_err();
            error.problems().iter().map(|problem| problem.pointer.clone()).collect::<Vec<_>>()
        };
        assert_eq!(pointers(json!({})), ["/agent_id", "/user_input"]);
        let wrong =
            json!({"agent_id": "a", "user_input": 1, "workflow_definition": [], "session_id": "", "x": 1});
        assert_eq!(pointers(wrong), ["/workflow_definition", "/session_id", "/x"]);
        let inline = json!({"user_input": "x", "workflow_definition": {}, "session_id": null});
        assert_eq!(HouseRequest::from_json(inline).unwrap().agent_id, None);
    }
}
