//! Answers, read piece by piece and never further than their cap.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use reqwest::Response;

use crate::http::{CallLimits, Fault};
use crate::retry_after;

/// An answer whose body is still to be read.
#[derive(Debug)]
pub struct Reply {
    pub(crate) response: Response,
    pub(crate) limits: CallLimits,
}

impl Reply {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The milliseconds that `Retry-After` asks to wait, at most `longest`.
    #[must_use]
    pub fn retry_after_ms(&self, longest: Duration) -> Option<u64> {
        retry_after::millis(self.response.headers(), SystemTime::now(), longest)
    }

    /// The whole body.
    ///
    /// # Errors
    /// [`Fault::TooLarge`] as soon as the cap is passed (what follows is not read), else why the
    /// body did not arrive.
    pub async fn body(mut self) -> Result<Vec<u8>, Fault> {
        let cap = self.limits.body_bytes;
        let announced = self.response.content_length().unwrap_or(0);
        if usize::try_from(announced).unwrap_or(usize::MAX) > cap {
            return Err(Fault::TooLarge(cap));
        }
        let mut body = Vec::new();
        while let Some(piece) = self.piece().await? {
            if body.len().saturating_add(piece.len()) > cap {
                return Err(Fault::TooLarge(cap));
            }
            body.extend_from_slice(&piece);
        }
        Ok(body)
    }

    /// The beginning of the body, at least `bytes` of it where there are so many; what could be
    /// read where reading failed. For reports about an answer that is an error anyway.
    pub async fn beginning(mut self, bytes: usize) -> Vec<u8> {
        let mut body = Vec::new();
        while body.len() < bytes {
            match self.piece().await {
                Ok(Some(piece)) => body.extend_from_slice(&piece),
                Ok(None) | Err(_) => break,
            }
        }
        body
    }

    /// The next piece of the body; `None` at its end. The cap on the body's size is for whoever
    /// collects pieces.
    ///
    /// # Errors
    /// [`Fault`], where the body does not go on.
    pub async fn piece(&mut self) -> Result<Option<Bytes>, Fault> {
        let piece = tokio::time::timeout(self.limits.idle, self.response.chunk());
        piece.await.map_err(|_| Fault::TimedOut("no byte of the body arrived".to_owned()))?.map_err(Fault::of)
    }
}
