//! Whether what tenants have otherwise fits the definitions that they run.

use magone_core::workflow::overrides::Overrides;
use magone_core::workflow::{Definition, Problem, parse};
use serde_json::Value;

use crate::{ServiceError, Services};

/// The member and the column.
pub(crate) const OVERRIDES: &str = "config_overrides";

impl Services {
    /// Whether a definition runs with the overrides that are `given`, else with those that are `kept`.
    /// What a script put there is kept, also where nobody knows it.
    ///
    /// # Errors
    /// [`ServiceError::Validation`] with every problem.
    pub(crate) async fn check_overrides(
        &self,
        definition: &Definition,
        given: Option<&Value>,
        kept: Option<&Value>,
    ) -> Result<(), ServiceError> {
        let below = |problems: Vec<Problem>| {
            let place = |at: Problem| Problem::new(format!("/{OVERRIDES}{}", at.pointer), at.detail);
            ServiceError::invalid("assignment", problems.into_iter().map(place).collect())
        };
        let overrides = match (given, kept) {
            (Some(given), _) => parse::overrides(given.clone()),
            (None, Some(kept)) => Overrides::stored(kept),
            (None, None) => return Ok(()),
        };
        let overrides = overrides.map_err(below)?;
        let existing = self.existing_for(definition).await?;
        let problems = existing.judge(|known| overrides.problems(definition, known));
        if problems.is_empty() { Ok(()) } else { Err(below(problems)) }
    }

    /// Refuses a new version of a definition that tenants who follow the latest could not run with
    /// what they have otherwise.
    ///
    /// # Errors
    /// [`ServiceError::Conflict`] naming the first of them.
    pub(crate) async fn check_tenants_of(&self, definition: &Definition) -> Result<(), ServiceError> {
        let overridden = self.store.configuration().overridden(&definition.id).await?;
        if overridden.is_empty() {
            return Ok(());
        }
        let existing = self.existing_for(definition).await?;
        for by in overridden {
            // What cannot be read could not be run before either.
            let Ok(overrides) = Overrides::stored(&by.overrides) else { continue };
            let problems = existing.judge(|known| overrides.problems(definition, known));
            if let Some(Problem { pointer, detail }) = problems.first() {
                return Err(ServiceError::Conflict(format!(
                    "Tenant '{}' runs it as '{}' with overrides that do not fit this version: {pointer} {detail}; \
                     change them first, or pin the tenant to a version",
                    by.tenant, by.slug
                )));
            }
        }
        Ok(())
    }
}
