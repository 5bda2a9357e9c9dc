//! What the system says about a process.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What linux counts processor time in, on every machine.
const TICK: Duration = Duration::from_millis(10);

/// Memory that a process holds now, in KiB; `self` is this one.
pub(crate) fn resident_kib(process: &str) -> Result<f64> {
    let status = fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// Processor time that a process used so far; `self` is this one, `thread-self` this thread.
pub(crate) fn cpu(process: &str) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat"))?;
    ticks(&stat).map(|ticks| TICK * ticks).context("no processor time in /proc")
}

/// Ticks in user and kernel mode. The program's name stands in brackets and may hold spaces.
fn ticks(stat: &str) -> Option<u32> {
    let mut columns = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u32 = columns.next()?.parse().ok()?;
    Some(user + columns.next()?.parse::<u32>().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        assert_eq!(ticks("7 (a b) c) S 1 2 3 4 5 6 7 8 9 10 40 2 0 0"), Some(42));
        assert_eq!(ticks("7 (a) S 1"), None);
    }

    #[test]
    fn every_process_holds_memory() {
        assert!(resident_kib("self").unwrap() > 100.0);
    }
}
