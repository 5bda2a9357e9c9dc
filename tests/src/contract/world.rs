//! The server that most tests of the contract share: made by the first, gone with the last.

use std::sync::{Arc, Mutex, PoisonError, Weak};

use crate::harness::{Api, Server, Setup};

static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());

const AGENT: &str = "
id: helper
model: scripted/demo
instructions: Help with {{ context.topic }}.
tools: [builtin.echo]
";

/// Gives back what it is asked, with a default and a server-side value.
const QUICK: &str = "
id: quick
name: Quick
description: Gives back what it is asked
context: { tone: plain }
config: { secret: kept }
entry_step: shape
steps:
  - { id: shape, type: transform, value: { said: '{{ input }}', tone: '{{ context.tone }}', kept: '{{ config.secret }}' } }
";

const TYPED: &str = "
id: typed
overridable: [region]
context: { region: dubai, currency: AED }
input_schema: { type: object, required: [count], properties: { count: { type: integer, minimum: 1 } } }
output_schema: { type: object, required: [count] }
result_mode: raw
entry_step: shape
steps:
  - { id: shape, type: transform, value: { count: '{{ input.count }}', region: '{{ context.region }}' } }
";

const TALK: &str = "
id: talk
entry_step: say
steps:
  - { id: say, type: llm, model: scripted/echo, prompt: 'You said {{ input }}' }
";

const HELP: &str = "
id: help
context: { topic: figures }
entry_step: ask
steps:
  - { id: ask, type: agent, agent: helper }
";

const FAILS: &str = "
id: fails
entry_step: stop
steps:
  - { id: stop, type: fail, code: no_figures, message: 'There are no figures for {{ input }}' }
";

/// Does not end by itself within a test.
const ENDLESS: &str = "
id: endless
entry_step: think
steps:
  - { id: think, type: llm, model: scripted/slow-600000, prompt: '{{ input }}' }
";

const WAITS: &str = "
id: waits
limits: { sync_wait_seconds: 1 }
entry_step: rest
steps:
  - { id: rest, type: wait, seconds: 3600 }
";

/// Asks before it goes on.
const REVIEW: &str = "
id: review
entry_step: each
steps:
  - { id: each, type: map, items: [rent, fuel], steps: [ask] }
  - id: ask
    type: approval
    prompt: 'Pay {{ item }} for {{ input }}?'
    schema: { type: object, required: [sum], properties: { sum: { type: integer } } }
";

/// Two children, side by side.
const FAMILY: &str = "
id: family
entry_step: each
steps:
  - { id: each, type: map, items: [a, b], steps: [sub] }
  - { id: sub, type: workflow, workflow: quick, input: '{{ item }}: {{ input }}', context: { tone: kind } }
";

/// One child, of the definition that the caller names.
const DELEGATE: &str = "
id: delegate
input_schema: { type: object, required: [to, ask] }
entry_step: choose
steps:
  - id: choose
    type: branch
    cases:
      - { when: \"input.to == 'talk'\", next: talk }
      - { when: \"input.to == 'review'\", next: review }
      - { when: \"input.to == 'endless'\", next: endless }
      - { when: \"input.to == 'fails'\", next: fails }
    default: typed
  - { id: talk, type: workflow, workflow: talk, input: '{{ input.ask }}' }
  - { id: review, type: workflow, workflow: review, input: '{{ input.ask }}' }
  - { id: endless, type: workflow, workflow: endless, input: '{{ input.ask }}' }
  - { id: fails, type: workflow, workflow: fails, input: '{{ input.ask }}' }
  - { id: typed, type: workflow, workflow: typed, input: '{{ input.ask }}' }
";

/// The shared server, with the tenants `acme`, who has the workflows, and `rival`.
pub fn world() -> Arc<Server> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(server) = shared.upgrade() {
        return server;
    }
    let mut setup = Setup::new().tenant("acme").tenant("rival").agent(AGENT);
    let definitions = [
        ("quick", QUICK),
        ("typed", TYPED),
        ("talk", TALK),
        ("help", HELP),
        ("fails", FAILS),
        ("endless", ENDLESS),
        ("waits", WAITS),
        ("review", REVIEW),
        ("family", FAMILY),
        ("delegate", DELEGATE),
    ];
    for (slug, definition) in definitions {
        setup = setup.workflow("acme", slug, definition);
    }
    let server = Arc::new(setup.start());
    *shared = Arc::downgrade(&server);
    server
}

/// A caller of the tenant that has the workflows.
pub fn acme(server: &Server) -> Api {
    server.api("acme")
}
