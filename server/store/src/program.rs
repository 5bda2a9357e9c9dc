//! Programs by version. Versions never change, so what was loaded once is kept.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use magone_core::agent::Agent;
use magone_core::execution::Pins;
use magone_core::ports::StoreError;
use magone_core::workflow::overrides::Overrides;
use magone_core::workflow::program::Program;
use magone_core::workflow::{Definition, Problem};

use crate::configuration::versions;
use crate::store::Store;

/// Programs that are kept; the one that was not asked for the longest goes first.
const KEPT: usize = 256;

/// Programs that were loaded already.
#[derive(Debug, Default)]
pub(crate) struct Programs(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    programs: BTreeMap<String, (u64, Arc<Program>)>,
    asked: u64,
}

impl Kept {
    fn get(&mut self, key: &str) -> Option<Arc<Program>> {
        self.asked += 1;
        let (last, program) = self.programs.get_mut(key)?;
        *last = self.asked;
        Some(Arc::clone(program))
    }

    fn put(&mut self, key: String, program: Arc<Program>) {
        self.asked += 1;
        self.programs.insert(key, (self.asked, program));
        if self.programs.len() > KEPT {
            let oldest = self.programs.iter().min_by_key(|(_, (last, _))| *last).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.programs.remove(&key));
        }
    }
}

/// The program of these versions.
pub(crate) async fn load(store: &Store, pins: &Pins) -> Result<Arc<Program>, StoreError> {
    let key = key(pins)?;
    let kept = || store.programs().0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(program) = kept().get(&key) {
        return Ok(program);
    }
    let wanted = [(pins.definition.clone(), pins.version)];
    let definition = versions::bodies::<Definition>(store.reader(), &wanted).await?.into_iter().next();
    let (_, _, definition) = definition.ok_or_else(|| gone("definition", &pins.definition, pins.version))?;
    let overrides = pins.overrides.as_deref().map_or_else(|| Ok(Overrides::default()), Overrides::stored);
    let overrides = overrides.map_err(|problems| unfit(pins, &problems))?;
    let definition = overrides.over(definition).map_err(|problems| unfit(pins, &problems))?;
    let agents = versions::bodies::<Agent>(store.reader(), &pins.agents).await?;
    for (id, version) in &pins.agents {
        if !agents.iter().any(|(found, at, _)| found == id && at == version) {
            return Err(gone("agent", id, *version));
        }
    }
    let agents = agents.into_iter().map(|(_, _, agent)| overrides.over_agent(Arc::new(agent)));
    let program = Arc::new(Program::new(definition, agents).map_err(|problems| unfit(pins, &problems))?);
    kept().put(key, Arc::clone(&program));
    Ok(program)
}

/// What the program depends on, as text: `scripted` is not part of it.
fn key(pins: &Pins) -> Result<String, StoreError> {
    serde_json::to_string(&(&pins.definition, pins.version, &pins.agents, &pins.overrides))
        .map_err(|_| StoreError::Internal("versions cannot be written as JSON".to_owned()))
}

fn unfit(pins: &Pins, problems: &[Problem]) -> StoreError {
    let first = problems.first().map(|problem| problem.detail.as_str()).unwrap_or_default();
    let (id, version) = (&pins.definition, pins.version);
    let overridden = if pins.overrides.is_some() { " with a tenant's overrides" } else { "" };
    StoreError::Internal(format!(
        "definition {id} version {version}{overridden} does not validate any more: {first}"
    ))
}

fn gone(what: &str, id: &str, version: u32) -> StoreError {
    StoreError::NotFound(format!("{what} {id} version {version}"))
}
