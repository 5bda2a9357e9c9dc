//! What holds for every definition and every world.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_assert, prop_assert_eq, proptest};
use proptest::test_runner::RngSeed;
use proptest::{collection::vec, prop_oneof};
use serde_json::{Value, json};

use super::answers::{Answer, Outcome, asks, breaks, finds, ready, says, stumbles, tool_says};
use super::generate::{definition, sequences};
use super::world::{World, run_id};
use crate::activity::Activity;
use crate::execution::{Decision, Event, EventKind, Verdict};
use crate::interpreter::{Input, ObligationId, Phase, State, recover, transition};
use crate::path::StepPath;
use crate::workflow::program::Program;

/// The same cases everywhere, unless `PROPTEST_CASES` or `PROPTEST_RNG_SEED` ask for others.
fn cases(count: u32) -> ProptestConfig {
    ProptestConfig {
        cases: count,
        rng_seed: RngSeed::Fixed(20_270_115),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// FNV-1a: what happens to an obligation follows from its id and the salt, never from the order.
fn hash(salt: u64, id: &ObligationId) -> u64 {
    let start = 0xcbf2_9ce4_8422_2325 ^ salt;
    id.as_str().bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// Everything works; some agents call tools first.
fn kind(salt: u64, id: &ObligationId, activity: &Activity) -> Answer {
    let hash = hash(salt, id) >> 8;
    match activity {
        Activity::ExecuteTool(call) => tool_says(
            json!({"n": hash % 100, "x": 0.1 * f64::from(u8::try_from(hash % 97).unwrap()), "of": *call.arguments}),
        ),
        Activity::RetrieveKnowledge(search) => {
            let found = format!("{} {}", search.query, hash % 100);
            finds(&vec![found.as_str(); usize::try_from(hash % 4).unwrap()])
        }
        Activity::LlmCompletion(request) if request.output_schema.is_some() => {
            says(&json!({"n": hash % 100}).to_string())
        }
        Activity::LlmCompletion(request) if !request.knowledge.is_empty() && id.as_str().contains("#t1@") => {
            let search = json!({"collection": "manuals", "query": format!("page {}", hash % 7)});
            asks(&[("retrieve_knowledge", search), ("crm.query", json!(hash % 3))])
        }
        Activity::LlmCompletion(request) if !request.tools.is_empty() && id.as_str().contains("#t1@") => {
            let calls = [("builtin.echo", json!(hash % 7)), ("crm.query", json!({}))];
            asks(&calls[..usize::from(hash.is_multiple_of(2)) + 1])
        }
        Activity::LlmCompletion(_) => says(&format!("answer {}", hash % 100)),
    }
}

/// Much goes wrong.
fn moody(salt: u64, id: &ObligationId, activity: &Activity) -> Answer {
    let is_model = matches!(activity, Activity::LlmCompletion(_));
    match hash(salt, id) % 24 {
        0 | 1 => stumbles(),
        2 => breaks(),
        3 => Answer::Slow,
        4 if is_model => says("no JSON"),
        5 if is_model => asks(&[
            ("admin.erase", json!({})),
            ("builtin.echo", json!(1)),
            ("retrieve_knowledge", json!({"collection": "secrets"})),
        ]),
        6 if is_model => tool_says(json!("not what was asked")),
        _ => kind(salt, id, activity),
    }
}

/// Whatever is asked, the answer makes more work.
fn greedy(_: &ObligationId, activity: &Activity) -> Answer {
    match activity {
        Activity::LlmCompletion(_) => asks(&[("builtin.echo", json!(1)), ("admin.erase", json!(2))]),
        Activity::ExecuteTool(_) | Activity::RetrieveKnowledge(_) => stumbles(),
    }
}

fn limits() -> impl Strategy<Value = Value> {
    (3_u32..120, prop_oneof![Just(None), (1_u64..300).prop_map(Some)]).prop_map(|(steps, tokens)| {
        let mut limits = json!({"max_steps": steps, "timeout_seconds": 86_400});
        if let Some(tokens) = tokens {
            limits["max_tokens"] = json!(tokens);
        }
        limits
    })
}

fn output(world: &World) -> Option<Value> {
    match &world.log.last()?.kind {
        EventKind::ExecutionCompleted { output } => Some((**output).clone()),
        _ => None,
    }
}

/// A log as a recovering process reads it.
fn read_back(log: &[Event]) -> Vec<Event> {
    serde_json::from_str(&serde_json::to_string(log).unwrap()).unwrap()
}

/// Goes on from the first `inputs` inputs, with nothing but the log of what they led to.
fn going_on(program: &Arc<Program>, world: &World, inputs: usize) -> (State, Vec<Event>) {
    let (first, rest) = world.inputs.split_at(inputs);
    let mut state = State::new(run_id(), Arc::clone(program));
    let mut log = Vec::new();
    for (input, now) in first {
        log.extend(transition(&mut state, input.clone(), *now));
    }
    let mut state = recover(run_id(), Arc::clone(program), &read_back(&log));
    for (input, now) in rest {
        log.extend(transition(&mut state, input.clone(), *now));
    }
    (state, log)
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn a_log_cut_anywhere_goes_on_as_if_nothing_had_happened(
        nodes in sequences(), limits in limits(), salt in any::<u64>(), seed in any::<u64>(), cut in any::<u16>(),
    ) {
        let program = ready(definition(&nodes, limits, true));
        let world = World::new(&program).seed(seed).otherwise(move |id, activity| moody(salt, id, activity)).run();
        let cut = usize::from(cut) % world.inputs.len();
        for cut in [cut, world.inputs.len() - 1] {
            let (state, log) = going_on(&program, &world, cut);
            prop_assert_eq!(&log, &world.log);
            prop_assert_eq!(&state, &world.state);
        }
        for events in 0..world.log.len() {
            let state = recover(run_id(), Arc::clone(&program), &world.log[..events]);
            prop_assert_eq!(state.last_seq(), u64::try_from(events).unwrap());
        }
    }

    #[test]
    fn where_nothing_fails_the_order_of_completions_changes_no_output(
        nodes in sequences(), salt in any::<u64>(), seeds in vec(1..u64::MAX, 4),
    ) {
        let program = ready(definition(&nodes, json!({"max_steps": 10_000, "timeout_seconds": 86_400}), false));
        let world = World::new(&program).otherwise(move |id, activity| kind(salt, id, activity)).run();
        let expected = output(&world);
        prop_assert!(expected.is_some(), "{:?}", world.log.last());
        for seed in seeds {
            let other = World::new(&program).seed(seed).otherwise(move |id, activity| kind(salt, id, activity)).run();
            prop_assert_eq!(output(&other), expected.clone());
            prop_assert_eq!(other.view().metadata.usage, world.view().metadata.usage);
        }
    }

    #[test]
    fn budgets_and_depth_end_every_run(nodes in sequences(), limits in limits(), seed in any::<u64>()) {
        let program = ready(definition(&nodes, limits, true));
        let world = World::new(&program).seed(seed).otherwise(greedy).run();
        prop_assert!(world.inputs.len() < 1_500, "{} inputs", world.inputs.len());
    }
}

/// Steps that a log took over as they ended.
fn taken_over(log: &[Event]) -> BTreeSet<StepPath> {
    let begun = |reuse| {
        move |event: &Event| match &event.kind {
            EventKind::StepStarted { step, reused, .. } if *reused == reuse => Some(step.clone()),
            _ => None,
        }
    };
    let ended =
        log.iter().take_while(|event| begun(false)(event).is_none()).filter_map(|event| match &event.kind {
            EventKind::StepCompleted { step, .. } | EventKind::StepFailed { step, .. } => Some(step.clone()),
            _ => None,
        });
    let ended: BTreeSet<_> = ended.collect();
    log.iter().filter_map(begun(true)).filter(|step| ended.contains(step)).collect()
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn a_run_tried_again_comes_to_what_it_would_have_come_to(
        nodes in sequences(), salt in any::<u64>(), seed in any::<u64>(), which in any::<u16>(),
    ) {
        let limits = json!({"max_steps": 10_000, "timeout_seconds": 86_400});
        let program = ready(definition(&nodes, limits, false));
        let works = move |id: &ObligationId, activity: &Activity| kind(salt, id, activity);
        let undisturbed = World::new(&program).otherwise(works).run();
        let activities = undisturbed.done.len();
        if activities > 0 {
            let broken = undisturbed.done[usize::from(which) % activities].0.to_string();
            let failed = World::new(&program).seed(seed).answer(&broken, breaks()).otherwise(works).run();
            if output(&failed).is_none() {
                let mut again = World::new(&program).seed(seed).otherwise(works);
                again.start_again(&failed);
                let taken = taken_over(&again.log);
                again.finish();
                prop_assert_eq!(output(&again), output(&undisturbed), "{} broke", broken);
                for (id, _) in &again.done {
                    let path = StepPath::root(id.as_str().rsplit_once('#').unwrap().0);
                    prop_assert!(!taken.contains(&path), "{} was done again", id);
                }
            }
        }
    }

    /// However it failed, and however often it is tried again.
    #[test]
    fn whatever_failed_can_be_tried_again(
        nodes in sequences(), limits in limits(), salts in vec(any::<u64>(), 4), seed in any::<u64>(),
    ) {
        let program = ready(definition(&nodes, limits, true));
        let mut last: Option<World> = None;
        for salt in salts {
            let mut world = World::new(&program).seed(seed).otherwise(move |id, activity| moody(salt, id, activity));
            match &last {
                Some(failed) => world.start_again(failed),
                None => world.start(),
            }
            world.finish();
            if output(&world).is_some() {
                break;
            }
            last = Some(world);
        }
    }
}

/// Something that a careless or hostile engine might say.
#[derive(Clone, Debug)]
enum Poke {
    Do,
    Outcome { which: u16, mood: u64 },
    Fire(u16),
    Name(String),
    Interrupt(u16),
    Decide(u16, bool),
    Cancel,
    Stopped,
    Crash,
    Start,
    Clock(i32),
}

fn pokes() -> impl Strategy<Value = Poke> {
    prop_oneof![
        12 => Just(Poke::Do),
        6 => (any::<u16>(), any::<u64>()).prop_map(|(which, mood)| Poke::Outcome { which, mood }),
        1 => any::<u16>().prop_map(Poke::Fire),
        2 => "[sx]?[0-9]?(/s[0-9])?#?(call|t1|t1\\.c0|t9\\.c99|wait|deadline|\\PC)?@?[0-9]{0,11}".prop_map(Poke::Name),
        1 => any::<u16>().prop_map(Poke::Interrupt),
        2 => (any::<u16>(), any::<bool>()).prop_map(|(which, yes)| Poke::Decide(which, yes)),
        1 => Just(Poke::Crash),
        1 => Just(Poke::Start),
        1 => Just(Poke::Stopped),
        1 => (-5_000_000_i32..5_000_000).prop_map(Poke::Clock),
    ]
}

fn any_outcome(mood: u64) -> Outcome {
    let answer = match mood % 9 {
        0 => says("{\"n\": 1}"),
        1 => says(""),
        2 => asks(&[("builtin.echo", json!(1)), ("crm.query", json!(1)), ("x", json!(null))]),
        3 => asks(&vec![("builtin.echo", json!(1)); 200]),
        4 => tool_says(json!({"n": 1})),
        5 => tool_says((0..100).fold(json!(1), |inner, _| json!([inner]))),
        6 => stumbles(),
        7 => finds(&["a", "b"]),
        _ => breaks(),
    };
    answer.outcome()
}

/// One of the obligations that are open, or of those that once were.
fn one_of(world: &World, seen: &[ObligationId], which: u16) -> Option<ObligationId> {
    let due = world.state.due().into_iter().map(|due| due.id);
    let known: Vec<_> = due.chain(seen.iter().cloned()).collect();
    known.get(usize::from(which) % known.len().max(1)).cloned()
}

fn poke(world: &mut World, seen: &mut Vec<ObligationId>, poke: Poke) {
    seen.extend(world.state.due().into_iter().map(|due| due.id));
    seen.dedup();
    let input = match poke {
        Poke::Do => {
            if world.state.phase() == Phase::Running {
                world.turn();
            }
            return;
        }
        Poke::Clock(millis) => {
            let now = world.now.millis() + i64::from(millis);
            world.now = crate::time::Timestamp::from_millis(now);
            return;
        }
        Poke::Start => return world.start(),
        Poke::Crash => return world.crash(),
        Poke::Outcome { which, mood } => one_of(world, seen, which)
            .map(|obligation| Input::Outcome { obligation, result: Box::new(any_outcome(mood)) }),
        Poke::Name(name) => {
            let obligation: ObligationId = serde_json::from_value(json!(name)).unwrap();
            world.feed(Input::TimerFired { obligation: obligation.clone() });
            Some(Input::Outcome {
                obligation,
                result: Box::new(any_outcome(world.now.millis().unsigned_abs())),
            })
        }
        Poke::Fire(which) => one_of(world, seen, which).map(|obligation| Input::TimerFired { obligation }),
        Poke::Interrupt(which) => {
            one_of(world, seen, which).map(|obligation| Input::Interrupted { obligations: vec![obligation] })
        }
        Poke::Decide(which, yes) => {
            let asked = world.log.iter().filter_map(|event| match &event.kind {
                EventKind::ApprovalRequired { approval_id, .. } => Some(approval_id.clone()),
                _ => None,
            });
            let asked: Vec<_> = asked.chain(["s1".to_owned()]).collect();
            let decision = if yes { Verdict::Approve } else { Verdict::Reject };
            let decision = Decision { decision, data: Some(Arc::new(json!(which))), comment: None, by: None };
            let approval = asked[usize::from(which) % asked.len()].clone();
            let taken = world.state.refusal(&approval, &decision).is_none();
            let events = world.feed(Input::Decision { approval, decision: Box::new(decision) });
            assert_eq!(taken, !events.is_empty(), "what is not refused is taken");
            return;
        }
        Poke::Cancel => Some(Input::Cancel { reason: None }),
        Poke::Stopped => Some(Input::Stopped),
    };
    if let Some(input) = input {
        world.feed(input);
    }
}

proptest! {
    #![proptest_config(cases(120))]

    /// The world checks at every input that nothing breaks: gapless seqs, nothing after the end, a
    /// log that tells the whole state, unique and described obligations.
    #[test]
    fn no_sequence_of_inputs_breaks_a_run(
        nodes in sequences(), limits in limits(), salt in any::<u64>(), pokes in vec(pokes(), 0..40),
        late in 0_u8..10, cancel in any::<bool>(),
    ) {
        let program = ready(definition(&nodes, limits, true));
        let mut world = World::new(&program).otherwise(move |id, activity| moody(salt, id, activity));
        let mut seen = Vec::new();
        if late > 0 {
            world.start();
        }
        for each in pokes {
            poke(&mut world, &mut seen, each);
        }
        if cancel {
            poke(&mut world, &mut seen, Poke::Cancel);
        }
        world.start();
        world.finish();
        prop_assert_eq!(world.state.phase(), Phase::Ended);
        prop_assert_eq!(world.state.due(), vec![]);
    }
}
