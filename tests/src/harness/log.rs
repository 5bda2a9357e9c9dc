//! What a process writes to standard error, as it comes.

use std::io::{BufRead, BufReader};
use std::process::ChildStderr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

/// Lines that a failing test shows.
const TAIL: usize = 40;

#[derive(Default)]
struct Written {
    lines: Vec<String>,
}

/// Lines of standard error.
#[derive(Default)]
pub struct Log {
    written: Arc<Mutex<Written>>,
    reader: Option<JoinHandle<()>>,
}

impl Log {
    /// Reads until the process ends.
    pub fn follow(stderr: ChildStderr) -> Self {
        let written = Arc::new(Mutex::new(Written::default()));
        let taken = Arc::clone(&written);
        let reader = std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lock(&taken).lines.push(line);
            }
        });
        Self { written, reader: Some(reader) }
    }

    /// Waits for the last line of a process that ended.
    pub fn finish(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
    }

    /// All lines so far.
    pub fn text(&self) -> String {
        lock(&self.written).lines.join("\n")
    }

    /// The last lines.
    pub fn tail(&self) -> String {
        let written = lock(&self.written);
        written.lines[written.lines.len().saturating_sub(TAIL)..].join("\n")
    }

    /// The word after `name` on a line that begins with it.
    pub fn named(&self, name: &str) -> Option<String> {
        let written = lock(&self.written);
        written.lines.iter().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some(name)).then(|| words.next().map(str::to_owned))?
        })
    }
}

fn lock(written: &Mutex<Written>) -> MutexGuard<'_, Written> {
    written.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
