//! Model providers that are not ours.

mod litellm;
