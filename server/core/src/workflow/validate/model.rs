//! Names of models.

/// Who offers models.
const PROVIDERS: [&str; 3] = ["openai", "anthropic", "scripted"];

/// Whether `model` is named `provider/name`.
///
/// # Errors
/// One sentence.
pub(in crate::workflow) fn check(model: &str) -> Result<(), String> {
    match model.split_once('/') {
        Some((provider, name)) if PROVIDERS.contains(&provider) && !name.trim().is_empty() => Ok(()),
        _ => Err(format!(
            "`{model}` is no model: write `provider/name`, with one of the providers {}",
            PROVIDERS.join(", ")
        )),
    }
}
