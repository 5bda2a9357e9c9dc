//! When keys were last used: noted in memory, at most once a minute a key, and written by and by.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use magone_core::ids::KeyId;
use magone_core::time::Timestamp;
use moka::sync::Cache;

use crate::{ServiceError, Services};

/// How exact the time is.
const EXACT: Duration = Duration::from_secs(60);
/// Keys whose last use is remembered; of more, some are written more often.
const REMEMBERED: u64 = 100_000;
/// Keys that are written at once.
const BATCH: usize = 200;

/// Uses that are to be written.
#[derive(Clone, Debug)]
pub(crate) struct Uses {
    noted: Cache<KeyId, ()>,
    open: Arc<Mutex<HashMap<KeyId, Timestamp>>>,
}

impl Default for Uses {
    fn default() -> Self {
        let noted = Cache::builder().max_capacity(REMEMBERED).time_to_live(EXACT).build();
        Self { noted, open: Arc::default() }
    }
}

impl Uses {
    /// Notes that a key was used.
    pub(crate) fn note(&self, key: &KeyId, now: Timestamp) {
        if !self.noted.contains_key(key) {
            self.noted.insert(key.clone(), ());
            self.lock().insert(key.clone(), now);
        }
    }

    fn take(&self) -> Vec<(KeyId, Timestamp)> {
        std::mem::take(&mut *self.lock()).into_iter().collect()
    }

    fn give_back(&self, unwritten: &[(KeyId, Timestamp)]) {
        let mut open = self.lock();
        for (key, at) in unwritten {
            open.entry(key.clone()).or_insert(*at);
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<KeyId, Timestamp>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Services {
    /// Writes down when keys were last used. What could not be written is kept for the next time.
    ///
    /// # Errors
    /// What the store says.
    pub async fn write_uses(&self) -> Result<(), ServiceError> {
        let used = self.catalog.uses.take();
        for (at, batch) in used.chunks(BATCH).enumerate() {
            if let Err(error) = self.store.configuration().touch_keys(batch.to_vec()).await {
                self.catalog.uses.give_back(used.get(at * BATCH..).unwrap_or_default());
                return Err(error.into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_noted_once_and_kept_until_it_is_written() {
        let uses = Uses::default();
        let (one, at) = (KeyId::from_text("key_1"), Timestamp::from_millis);
        uses.note(&one, at(1));
        uses.note(&one, at(2));
        let taken = uses.take();
        assert_eq!(taken, [(one.clone(), at(1))]);
        uses.give_back(&taken);
        assert_eq!(uses.take().len(), 1);
        uses.note(&one, at(3));
        assert_eq!(uses.take(), [], "once a minute");
    }
}
