//! A definition, and the agents that it may name.

use std::sync::Arc;

use magone_core::workflow::parse;
use magone_core::workflow::program::Program;
use serde_json::{Value, json};

use super::writer::{Place, Writer};

/// A definition.
pub(in crate::temporal) struct Generated {
    /// As it can be pasted.
    pub document: Value,
    pub program: Arc<Program>,
    /// Whether anything runs side by side, so that who was faster shows in the order of the log. It
    /// shows nowhere else, because of what is left out then: budgets (whose turn it is to be refused),
    /// `fail` steps, and failures that would stop what runs beside them.
    pub side_by_side: bool,
}

/// The definition of a seed: the same everywhere.
pub(in crate::temporal) fn definition(seed: u64) -> Generated {
    let mut writer = Writer::new(seed);
    let mut entry = writer.sequence(&Place::top(), None);
    let limits = writer.limits(&mut entry);
    let document = json!({
        "id": "flow", "name": format!("Seed {seed}"), "entry_step": entry, "limits": limits,
        "result_mode": writer.dice.one(&["merged", "raw"]), "steps": writer.steps,
    });
    let refused = |problems| -> Program { panic!("{problems:?}: {document}") };
    let definition = parse::definition_from_value(document.clone());
    let definition = definition.unwrap_or_else(|problems| panic!("{problems:?}: {document}"));
    let agents = agents().map(|agent| Arc::new(parse::agent_from_value(agent).unwrap()));
    let program = Arc::new(Program::new(definition, agents).unwrap_or_else(refused));
    Generated { document, program, side_by_side: writer.side_by_side }
}

/// Agents of these definitions: `clerk` calls one tool at a time, `crew` three at once, `reader`
/// searches, `judge` fills a schema in, `wordy` does not, `spare` needs its last fallback model, and
/// `lost` has none.
fn agents() -> [Value; 7] {
    let schema = json!({"type": "object", "required": ["n"]});
    [
        json!({"id": "clerk", "model": "scripted/tools", "instructions": "Be kind", "tools": ["test.shaky"]}),
        json!({"id": "crew", "model": "scripted/tools", "tools": ["test.echo", "test.shaky", "test.refuse"]}),
        json!({"id": "reader", "model": "scripted/tools", "knowledge": ["policies"]}),
        json!({"id": "judge", "model": "scripted/model", "output_schema": schema}),
        json!({"id": "wordy", "model": "scripted/wordy", "output_schema": schema}),
        json!({"id": "spare", "model": "scripted/refuse", "fallbacks": ["scripted/shaky", "scripted/model"]}),
        json!({"id": "lost", "model": "scripted/refuse"}),
    ]
}
