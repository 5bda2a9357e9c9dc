//! Tests of the interpreter as a whole: a world that answers by a script, tables of what happens in
//! it, and properties of whatever happens.

mod agent_test;
mod answer_test;
mod answers;
mod approval_test;
mod bound_test;
mod budget_test;
mod cancel_test;
mod child_test;
mod failure_test;
mod flow_test;
mod generate;
mod knowledge_test;
mod load_test;
mod log_test;
mod parallel_test;
mod pass_test;
mod property_test;
mod queue_test;
mod recovery_test;
mod reuse_test;
mod trace;
mod version_test;
mod view_test;
mod world;
