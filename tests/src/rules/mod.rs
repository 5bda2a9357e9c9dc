//! The rules of the tree that no compiler checks: who may import whom, how long things are, what a
//! manifest and a module look like. Each rule says how to mend what it finds, and each has a test on
//! made-up input, so that a rule which can no longer fail is noticed.

mod dependencies;
mod functions;
mod imports;
mod layout;
mod manifest;
mod matrix;
mod names;
mod openapi;
mod scripts;
mod sizes;
mod source;
mod text;
mod tokens;
mod unused;
mod violation;
