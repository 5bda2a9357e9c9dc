//! Waiting for points in time of the wall clock.

use std::time::Duration;

use magone_core::time::Timestamp;

/// The wall clock may be set while we sleep: look at it again at least this often.
const LOOK_AGAIN: Duration = Duration::from_secs(15);

/// Sleeps until `at`, or a good part of the way there: whoever waits looks at the clock again.
/// Without a time it sleeps for ever.
pub(crate) async fn towards(now: Timestamp, at: Option<Timestamp>) {
    match at {
        Some(at) => {
            let left = Duration::from_millis(at.millis_since(now));
            tokio::time::sleep(left.min(LOOK_AGAIN)).await;
        }
        None => std::future::pending().await,
    }
}
