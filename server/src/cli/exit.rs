//! What the process tells the shell when it ends.

use std::process::ExitCode;

use magone_core::error::ErrorCode;

/// The exit codes, for `--help`.
pub(super) const HELP: &str = "\
Exit codes:
  0  ok
  1  failed: the run, the check or the command did not work
  2  usage: the command line or a setting is wrong
  3  auth: the key is missing, not valid or not enough
  4  not found
  5  conflict: taken, or not possible in this state
  6  limited: too many requests or runs, or a quota is used up

Data goes to standard output, everything else to standard error. NO_COLOR turns colours off.";

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    Ok,
    Failed,
    Usage,
    Auth,
    NotFound,
    Conflict,
    Limited,
    /// By the keyboard, as shells number it: 128 and the signal.
    Interrupted,
}

impl Exit {
    /// The number.
    pub fn number(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Auth => 3,
            Self::NotFound => 4,
            Self::Conflict => 5,
            Self::Limited => 6,
            Self::Interrupted => 130,
        }
    }

    /// The exit that a code of the error table stands for.
    pub fn of(code: ErrorCode) -> Self {
        Self::of_status(code.http_status())
    }

    /// The exit that an HTTP status stands for: all that is known where a server is newer and
    /// sends a code that this binary does not have.
    pub fn of_status(status: u16) -> Self {
        match status {
            401 | 403 => Self::Auth,
            404 => Self::NotFound,
            409 => Self::Conflict,
            429 => Self::Limited,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.number())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_table_has_its_exit_and_the_help_names_them_all() {
        let of = |exit| {
            let codes = ErrorCode::ALL.iter().filter(|code| Exit::of(**code) == exit);
            codes.map(|code| code.as_str()).collect::<Vec<_>>()
        };
        assert_eq!(
            of(Exit::Auth),
            ["key_missing", "key_invalid", "tenant_suspended", "insufficient_scope", "origin_not_allowed"]
        );
        assert_eq!(of(Exit::NotFound), ["not_found"]);
        assert_eq!(of(Exit::Conflict), ["conflict"]);
        assert_eq!(of(Exit::Limited), ["rate_limited", "concurrency_limited", "quota_exceeded"]);
        for number in 0..=6 {
            assert!(HELP.contains(&format!("\n  {number}  ")), "{number}");
        }
    }
}
