//! Definitions that tests run.

/// Steps of a chain, by name.
const STEPS: [&str; 5] = ["one", "two", "three", "four", "five"];

/// The definition `chain`: a chain of `steps` completions by `model`: each is asked what the one before it said.
pub fn chain(steps: usize, model: &str) -> String {
    let mut text = String::from("id: chain\nentry_step: one\nsteps:\n");
    for place in 0..steps {
        let prompt = match place {
            0 => "{{ input }}".to_owned(),
            _ => format!("{{{{ steps.{}.output }}}}", STEPS[place - 1]),
        };
        let next = match place + 1 {
            next if next < steps => format!("    next: {}\n", STEPS[next]),
            _ => String::new(),
        };
        text.push_str(&format!(
            "  - id: {}\n    type: llm\n    model: {model}\n    prompt: \"{prompt}\"\n    retry: {{ max_attempts: 1 }}\n{next}",
            STEPS[place]
        ));
    }
    text
}
