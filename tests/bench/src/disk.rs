//! How often the disk was told to flush: the proof that durability was paid for.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use anyhow::{Result, ensure};

/// Column of `/proc/diskstats` with the flushes that were completed (linux 5.5 and later).
const FLUSHES: usize = 18;

/// Flushes so far of the disk under a folder, by everybody; `None` where the system does not count.
pub(crate) fn flushes(folder: &Path) -> Option<u64> {
    let device = fs::metadata(folder).ok()?.dev();
    let (major, minor) = numbers(device);
    flushes_in(&fs::read_to_string("/proc/diskstats").ok()?, major, minor)
}

/// Fails when there were fewer flushes than there have to be: what was measured was not durable.
pub(crate) fn must_have_flushed(flushes_per_run: f64, at_least: f64) -> Result<()> {
    ensure!(
        flushes_per_run >= at_least,
        "{flushes_per_run:.2} flushes a run are not enough for {at_least} durable steps: is the data on a real disk?"
    );
    Ok(())
}

/// As the C library splits `st_dev`.
fn numbers(device: u64) -> (u64, u64) {
    let major = ((device >> 8) & 0xfff) | ((device >> 32) & !0xfff);
    let minor = (device & 0xff) | ((device >> 12) & !0xff);
    (major, minor)
}

fn flushes_in(stats: &str, major: u64, minor: u64) -> Option<u64> {
    let wanted = [major.to_string(), minor.to_string()];
    stats.lines().find_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let same = columns.iter().take(2).eq(wanted.iter());
        same.then(|| columns.get(FLUSHES)?.parse().ok())?
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flushes_are_found_by_device() {
        let stats = " 254 0 vda 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 4711 17\n 254 1 vda1 1\n";
        assert_eq!(flushes_in(stats, 254, 0), Some(4711));
        assert_eq!(flushes_in(stats, 254, 1), None);
        assert_eq!(flushes_in(stats, 8, 0), None);
        assert_eq!(numbers(0xfe00), (254, 0));
    }
}
