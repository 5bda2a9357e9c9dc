//! Which tools there are, and the one way to call them: arguments are checked against the tool's
//! schema first, because they come from a model.

use std::collections::BTreeMap;
use std::sync::Arc;

use magone_core::activity::ToolCall;
use magone_core::json::Json;
use magone_core::ports::BoxFuture;
use magone_core::workflow::schema::{self, Compiled};
use serde_json::Value;

use super::builtin;
use crate::error::Error;

/// Problems of one call that are told; the first ones show what is meant.
const TOLD: usize = 5;

/// What a tool does and takes, as models are told.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSpec {
    /// The name under which it was asked for.
    pub name: String,
    /// What it is good for, for the model.
    pub description: String,
    /// JSON Schema of its arguments; an object.
    pub parameters: Json,
}

/// Does a tool's work on arguments that fit its schema.
pub(super) type Handler = Arc<dyn Fn(Json) -> BoxFuture<'static, Result<Value, Error>> + Send + Sync>;

/// One tool.
#[derive(Clone)]
pub(super) struct Tool {
    pub description: &'static str,
    pub parameters: Json,
    pub schema: Compiled,
    pub handler: Handler,
}

impl Tool {
    /// A tool whose schema is made ready once.
    pub fn new(description: &'static str, parameters: Value, handler: Handler) -> Result<Self, Error> {
        let schema = schema::compile(&parameters).map_err(|problem| Error::BrokenTool(problem.detail))?;
        Ok(Self { description, parameters: Arc::new(parameters), schema, handler })
    }
}

/// Tools by name.
#[derive(Clone, Default)]
pub struct Toolbox {
    tools: BTreeMap<String, Tool>,
}

impl Toolbox {
    /// The built-in tools: `builtin.echo`, `builtin.current_time`, and `echo` and `current_time` as
    /// short names of the same.
    ///
    /// # Errors
    /// When a schema does not compile, which is a fault of ours.
    pub fn builtin() -> Result<Self, Error> {
        let mut tools = BTreeMap::new();
        for (name, tool) in [("echo", builtin::echo()?), ("current_time", builtin::current_time()?)] {
            tools.insert(name.to_owned(), tool.clone());
            tools.insert(format!("builtin.{name}"), tool);
        }
        Ok(Self { tools })
    }

    /// Every name that a definition may use.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.tools.keys().cloned().collect()
    }

    /// What the tool does and takes.
    ///
    /// # Errors
    /// [`Error::UnknownTool`].
    pub fn spec(&self, name: &str) -> Result<ToolSpec, Error> {
        let tool = self.tools.get(name).ok_or_else(|| Error::UnknownTool(name.to_owned()))?;
        Ok(ToolSpec {
            name: name.to_owned(),
            description: tool.description.to_owned(),
            parameters: Arc::clone(&tool.parameters),
        })
    }

    /// Calls a tool. Dropping the future stops it.
    ///
    /// # Errors
    /// [`Error::Tool`] with a sentence that helps whoever made the call to mend it: no such tool,
    /// or arguments that do not fit its schema.
    pub async fn call(&self, call: ToolCall) -> Result<Value, Error> {
        let Some(tool) = self.tools.get(&call.tool) else {
            let names: Vec<_> = self.tools.keys().map(String::as_str).collect();
            let sentence =
                format!("There is no tool '{}'; there is: {}", shortened(&call.tool), names.join(", "));
            return Err(Error::Tool(sentence));
        };
        let problems = tool.schema.problems(&call.arguments);
        if !problems.is_empty() {
            let told: Vec<_> =
                problems.iter().take(TOLD).map(|p| format!("at '{}': {}", p.pointer, p.detail)).collect();
            return Err(misfit(&call.tool, &told.join("; ")));
        }
        (tool.handler)(call.arguments).await
    }
}

/// The arguments do not fit. The sentence goes back to the model, and a tenant may read it: it must
/// not repeat the arguments, which can hold values of the definition.
pub(super) fn misfit(tool: &str, reason: &str) -> Error {
    Error::Tool(format!("The arguments do not fit the tool '{}': {reason}", shortened(tool)))
}

fn shortened(name: &str) -> String {
    name.chars().take(100).collect()
}
