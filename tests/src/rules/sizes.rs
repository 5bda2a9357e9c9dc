//! How long files are. Generated files are not in the tree, so there is no exception.

use super::source::{self, File};
use super::violation::{Violation, none};

const MEND: &str = "split it along the things that it knows about, one file each";

/// No file has more lines.
const MOST: usize = 500;
/// A file that has more should be on its way to being split.
const SOFT: usize = 300;
/// Half of the Rust files have no more.
const MEDIAN: usize = 150;
/// Endings of the files that are counted.
const COUNTED: [&str; 6] = ["rs", "ts", "tsx", "js", "mjs", "css"];

fn lines(file: &File) -> usize {
    file.text.lines().count()
}

fn too_long(file: &File) -> Option<Violation> {
    let (lines, counted) = (lines(file), COUNTED.contains(&file.ending()));
    let what = || format!("{lines} lines, {MOST} are allowed");
    (counted && lines > MOST).then(|| Violation::new(&file.path, what(), MEND))
}

fn median(mut lengths: Vec<usize>) -> usize {
    lengths.sort_unstable();
    lengths[lengths.len() / 2]
}

#[test]
fn files_are_short() {
    none("length of files", source::files().iter().filter_map(too_long).collect());
    let median = median(source::rust().map(lines).collect());
    let long: Vec<_> =
        source::rust().filter(|file| lines(file) > SOFT).map(|file| file.path.as_str()).collect();
    println!("median {median} lines; {} files above {SOFT}: {}", long.len(), long.join(", "));
    assert!(median <= MEDIAN, "the median file has {median} lines, {MEDIAN} are allowed: {MEND}");
}

#[test]
fn main_is_a_call() {
    let main = source::files().iter().find(|file| file.path == "server/src/main.rs").unwrap();
    assert!(lines(main) <= 40, "server/src/main.rs hands over to the command line and does nothing else");
}

#[test]
fn long_files_are_found() {
    let of = |name: &str, lines: usize| too_long(&File::made_up(name, &"x\n".repeat(lines))).is_some();
    assert!(!of("a.rs", 500) && of("a.rs", 501) && of("a.css", 501) && !of("a.md", 501));
    assert_eq!(median(vec![3, 1, 2]), 2);
}
