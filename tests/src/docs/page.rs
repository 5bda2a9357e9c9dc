//! A page and its blocks: `sh` is run, `json` and `text` say what the block before it prints, and a
//! block that names a file (`python receiver.py`) is that file.

use std::path::{Path, PathBuf};

/// What a block is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Run by the shell.
    Shell,
    /// What the block before it prints, as JSON.
    Json,
    /// What the block before it prints.
    Text,
    /// A file that a later block runs.
    File(String),
}

/// A fenced block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it is for.
    pub kind: Kind,
    /// Its first line's number, from one.
    pub line: usize,
    /// What stands in it.
    pub text: String,
}

const FENCE: &str = "```";

/// The folder of the pages.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs")
}

/// The blocks of a page, in their order.
pub fn blocks(name: &str) -> Vec<Block> {
    let text = std::fs::read_to_string(folder().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    read(name, &text)
}

fn read(name: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<Block> = None;
    for (number, line) in text.lines().enumerate() {
        match (&mut open, line.strip_prefix(FENCE)) {
            (None, None) => {}
            (None, Some(info)) => {
                let kind = kind(info).unwrap_or_else(|| panic!("{name}:{}: nobody runs this", number + 1));
                open = Some(Block { kind, line: number + 2, text: String::new() });
            }
            (Some(block), None) => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            (Some(_), Some(_)) => blocks.extend(open.take()),
        }
    }
    assert!(open.is_none(), "{name}: a block is never closed");
    blocks
}

fn kind(info: &str) -> Option<Kind> {
    match info.split_whitespace().collect::<Vec<_>>()[..] {
        ["sh"] => Some(Kind::Shell),
        ["json"] => Some(Kind::Json),
        ["text"] => Some(Kind::Text),
        [_, file] => Some(Kind::File(file.to_owned())),
        _ => None,
    }
}

#[test]
fn blocks_are_found_with_what_they_are_for() {
    let text = "# A\n```sh\na\nb\n```\nprose\n```json\n{}\n```\n```python receive.py\npass\n```\n";
    let kinds: Vec<_> = read("a.md", text).into_iter().map(|block| (block.kind, block.line)).collect();
    let file = Kind::File("receive.py".to_owned());
    assert_eq!(kinds, [(Kind::Shell, 3), (Kind::Json, 8), (file, 11)]);
}

#[test]
#[should_panic(expected = "nobody runs this")]
fn a_block_that_nobody_would_run_is_refused() {
    read("a.md", "```bash\nx\n```\n");
}
