//! Whether those who stay (streams, waiting calls) may still be here.

use std::time::Duration;

use crate::{ServiceError, Services, TenantCaller};

/// How long a database that is away is left alone.
const AGAIN: Duration = Duration::from_secs(1);
/// Nobody sleeps longer than this at once: a clock that is set is noticed.
const LONGEST: Duration = Duration::from_secs(60);

impl Services {
    /// Resolves when the caller's key opens nothing any more, because it was taken back or ended, or its
    /// tenant was suspended or deleted: with what the next request would be told. As long as the
    /// database cannot say, the caller stays.
    pub async fn lost_standing(&self, caller: &TenantCaller) -> ServiceError {
        let hash = &caller.key.hash;
        if hash.is_empty() {
            return std::future::pending().await;
        }
        let mut forgotten = self.catalog.forgotten.subscribe();
        loop {
            forgotten.mark_unchanged();
            let now = (self.clock.now)();
            let rest = match Box::pin(self.catalog.look_again(hash, now)).await {
                Ok(caller) => {
                    let ends = caller.key.expires_at.map(|at| Duration::from_millis(at.millis_since(now)));
                    ends.map_or(LONGEST, |ends| ends.min(LONGEST))
                }
                Err(error @ (ServiceError::KeyInvalid | ServiceError::TenantSuspended(_))) => return error,
                Err(_) => AGAIN,
            };
            tokio::select! {
                // The catalog outlives its callers.
                _ = forgotten.changed() => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
}
