//! The console's own small kit, on native elements. One component a file.

mod code_block;
mod copy;
mod elapsed;
mod empty;
mod field;
mod form_error;
mod icon;
mod indicator;
mod problem;
mod progress;
mod shortcuts;
mod skeleton;
mod status;
mod theme_switch;
mod top_bar;
mod when;

pub use code_block::{CodeBlock, pretty};
pub use copy::Copy;
pub use elapsed::Elapsed;
pub use empty::Empty;
pub use field::Field;
pub use form_error::FormError;
pub use icon::{Icon, Sprite};
pub use indicator::LiveIndicator;
pub use problem::Problem;
pub use progress::ProgressBar;
pub use shortcuts::{Shortcuts, on_key};
pub use skeleton::Skeleton;
pub use status::{StatusBadge, Tone, state_tone, state_word};
pub use theme_switch::ThemeSwitch;
pub use top_bar::TopBar;
pub use when::When;
