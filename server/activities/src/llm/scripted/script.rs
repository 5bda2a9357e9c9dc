//! The scripts, by name.

use std::time::Duration;

use magone_core::error::ErrorCode;

/// The longest pause of `slow-<ms>`.
const LONGEST_PAUSE: Duration = Duration::from_secs(600);

/// What a scripted model does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Script {
    /// `echo`: repeats the last message of the user.
    Echo,
    /// `demo`: asks for the first offered tool once, then answers as the agent would, in a shape
    /// that fits the schema.
    Demo,
    /// `tool-loop`: asks for a tool at every turn, for ever.
    ToolLoop,
    /// `rubbish`: an answer that is no JSON, whatever was asked for.
    Rubbish,
    /// `fail-<code>`: fails with that code, each time; whether another attempt is made follows from
    /// the code.
    Fail(ErrorCode),
    /// `flaky-<n>`: the first n attempts of each call fail with `provider_error`, then as `demo`.
    Flaky(u32),
    /// `slow-<ms>`: pauses, then as `demo`.
    Slow(Duration),
    /// `drip-<ms>`: as `echo`, word by word, with a pause before each.
    Drip(Duration),
}

impl Script {
    /// The script of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "echo" => Self::Echo,
            "demo" => Self::Demo,
            "tool-loop" => Self::ToolLoop,
            "rubbish" => Self::Rubbish,
            name => {
                let (kind, argument) = name.split_once('-')?;
                match kind {
                    "fail" => Self::Fail(ErrorCode::parse(argument)?),
                    "flaky" => Self::Flaky(argument.parse().ok()?),
                    "slow" => Self::Slow(pause(argument)?),
                    "drip" => Self::Drip(pause(argument)?),
                    _ => return None,
                }
            }
        })
    }
}

fn pause(millis: &str) -> Option<Duration> {
    Some(Duration::from_millis(millis.parse().ok()?)).filter(|pause| *pause <= LONGEST_PAUSE)
}

/// The attempt that an idempotency key ends with (`…@2`); 1 where it names none.
pub(super) fn attempt(idempotency_key: &str) -> u32 {
    idempotency_key.rsplit_once('@').and_then(|(_, attempt)| attempt.parse().ok()).unwrap_or(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for (name, expected) in [
            ("echo", Some(Script::Echo)),
            ("demo", Some(Script::Demo)),
            ("tool-loop", Some(Script::ToolLoop)),
            ("rubbish", Some(Script::Rubbish)),
            ("fail-provider_auth", Some(Script::Fail(ErrorCode::ProviderAuth))),
            ("flaky-2", Some(Script::Flaky(2))),
            ("slow-50", Some(Script::Slow(Duration::from_millis(50)))),
            ("drip-20", Some(Script::Drip(Duration::from_millis(20)))),
            ("slow-600001", None),
            ("drip-x", None),
            ("slow-", None),
            ("flaky--1", None),
            ("fail-nonsense", None),
            ("fail", None),
            ("", None),
            ("Demo", None),
        ] {
            assert_eq!(Script::parse(name), expected, "{name}");
        }
    }

    #[test]
    fn attempts() {
        for (key, expected) in [("exec_1:a#t1@1", 1), ("a@b@12", 12), ("a@", 1), ("a", 1), ("a@x", 1)] {
            assert_eq!(attempt(key), expected, "{key}");
        }
    }
}
