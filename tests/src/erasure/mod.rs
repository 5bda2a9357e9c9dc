//! What is to be gone is gone: what was kept long enough, and everything that an erased tenant had.

mod retention;
mod tenant;
