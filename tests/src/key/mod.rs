//! Keys from their making to their end: what they may give, when they were used, how whoever came with
//! one learns that it is over.

mod flood;
mod leak;
mod own;
mod standing;
mod trying;
mod uses;
