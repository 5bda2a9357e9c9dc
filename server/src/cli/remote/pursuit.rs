//! Following a run to its end, through broken connections and restarts of the server.

use std::time::Duration;

use serde_json::Value;

use super::frame::Frames;
use super::{Client, Opened, Refusal};
use crate::cli::exit::Exit;
use crate::cli::failure::{Failure, Outcome};
use crate::cli::terminal::say;

/// Pause before coming back, as the server asks for in its stream.
const PAUSE: Duration = Duration::from_secs(2);
/// Times to come back without having read anything: a minute and a half.
const PATIENCE: u32 = 45;
/// No frame is larger: 64 MiB.
const LARGEST: usize = 64 << 20;

/// Follows a run from behind event `after`, hands each event's document to `seen`, and answers the
/// projection of the run as it ended.
pub(in crate::cli) async fn follow(
    client: &Client,
    execution: &str,
    after: u64,
    mut seen: impl FnMut(&Value) -> Outcome,
) -> Result<Value, Failure> {
    let pursuit = Pursuit { client, execution, after, pause: PAUSE, tries: 0, met: false };
    tokio::select! {
        ended = pursuit.run(&mut seen) => ended,
        _ = tokio::signal::ctrl_c() => {
            say(&format!("\nThe run goes on. Follow it again with: magone execution follow {execution}"));
            Err(Failure::silent(Exit::Interrupted))
        }
    }
}

struct Pursuit<'a> {
    client: &'a Client,
    execution: &'a str,
    /// Number of the last event that was seen.
    after: u64,
    pause: Duration,
    /// Times that it came back since then.
    tries: u32,
    /// Whether the server was there at all.
    met: bool,
}

impl Pursuit<'_> {
    async fn run(mut self, seen: &mut impl FnMut(&Value) -> Outcome) -> Result<Value, Failure> {
        loop {
            match self.read(seen).await? {
                Ok(Some(ended)) => return Ok(ended),
                Ok(None) => self.pause(None).await?,
                Err(refusal) => self.pause(Some(refusal)).await?,
            }
        }
    }

    /// Reads one stream to its end: the run's projection where it ended, `None` where only the
    /// stream did. The outer error is for failures that coming back does not mend.
    async fn read(
        &mut self,
        seen: &mut impl FnMut(&Value) -> Outcome,
    ) -> Result<Result<Option<Value>, Refusal>, Failure> {
        let mut reply = match self.client.stream(self.execution, self.after).await {
            Ok(Opened::Stream(reply)) => reply,
            Ok(Opened::Ended) => return Ok(self.client.get(&["executions", self.execution]).await.map(Some)),
            Err(refusal) => return Ok(Err(refusal)),
        };
        self.met = true;
        let mut frames = Frames::default();
        loop {
            let piece = match reply.piece().await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(Ok(None)),
                Err(fault) => return Ok(Err(self.client.fault(&fault))),
            };
            for data in frames.push(&piece) {
                if let Some(ended) = self.event(&data, seen)? {
                    return Ok(Ok(Some(ended)));
                }
            }
            if frames.pending() > LARGEST {
                return Err(Failure::failed(format!("an event of {} has no end", self.execution)));
            }
        }
    }

    /// Hands one event on; the projection that the last one carries.
    fn event(
        &mut self,
        data: &str,
        seen: &mut impl FnMut(&Value) -> Outcome,
    ) -> Result<Option<Value>, Failure> {
        let document: Value = serde_json::from_str(data).map_err(|error| {
            Failure::failed(format!("an event of {} is no JSON: {error}", self.execution))
        })?;
        let Some(seq) = document.get("seq").and_then(Value::as_u64) else {
            return Ok(None);
        };
        if seq <= self.after {
            return Ok(None);
        }
        (self.after, self.tries) = (seq, 0);
        seen(&document)?;
        let kind = document.get("type").and_then(Value::as_str).unwrap_or_default();
        let last = matches!(kind, "execution.completed" | "execution.failed" | "execution.cancelled");
        Ok(last.then(|| document.get("data").cloned().unwrap_or_default()))
    }

    /// Waits before coming back. Whoever was never there is not waited for.
    async fn pause(&mut self, refusal: Option<Refusal>) -> Outcome {
        if let Some(refusal) = refusal {
            if !self.met || !refusal.may_pass() || self.tries >= PATIENCE {
                return Err(refusal.into());
            }
            if self.tries == 0 {
                say("The connection was lost; trying again …");
            }
        } else if self.tries >= PATIENCE {
            let sentence = format!("the events of {} cannot be read to their end", self.execution);
            return Err(Failure::failed(sentence));
        }
        self.tries += 1;
        tokio::time::sleep(self.pause).await;
        Ok(())
    }
}

#[cfg(test)]
#[path = "pursuit_test.rs"]
mod tests;
