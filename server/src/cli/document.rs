//! Files that commands are given with `-f`: YAML or JSON, a folder of them, or standard input.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use magone_core::workflow::Problem;
use serde::Serialize;

use super::failure::Failure;
use super::table::Table;

/// The largest document: 8 MiB.
const LARGEST: u64 = 8 << 20;
/// Names of files that a folder is searched for.
const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The files of a command.
#[derive(Debug, Args)]
pub(super) struct Files {
    /// A YAML or JSON file, a folder of them, or - for standard input
    #[arg(short = 'f', long = "file", required = true, num_args = 1.., value_name = "FILE")]
    pub paths: Vec<PathBuf>,
}

/// A document and where it came from.
#[derive(Debug)]
pub(super) struct Document {
    pub name: String,
    pub text: String,
}

/// What is wrong with one document; nothing, where it is in order.
#[derive(Debug, Serialize)]
pub(super) struct Verdict {
    pub file: String,
    pub valid: bool,
    pub problems: Vec<Problem>,
}

impl Verdict {
    pub fn of(file: &str, problems: Vec<Problem>) -> Self {
        Self { file: file.to_owned(), valid: problems.is_empty(), problems }
    }
}

/// Reads every document, folders in the order of their files' names.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            documents.push(document("standard input".to_owned(), io::stdin().lock())?);
        } else if path.is_dir() {
            for file in files_of(path)? {
                documents.push(open(&file)?);
            }
        } else {
            documents.push(open(path)?);
        }
    }
    Ok(documents)
}

fn files_of(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder).and_then(Iterator::collect::<io::Result<Vec<_>>>);
    let entries = entries.map_err(|error| unreadable(folder, &error))?;
    let wanted = |path: &PathBuf| {
        let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        ENDINGS.contains(&ending) && path.is_file()
    };
    let mut files: Vec<_> = entries.into_iter().map(|entry| entry.path()).filter(wanted).collect();
    files.sort();
    if files.is_empty() {
        let place = folder.display();
        return Err(Failure::failed(format!("there is no .yaml, .yml or .json file in {place}")));
    }
    Ok(files)
}

fn open(path: &Path) -> Result<Document, Failure> {
    let file = File::open(path).map_err(|error| unreadable(path, &error))?;
    document(path.display().to_string(), file)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::failed(format!("cannot read {}: {error}", path.display()))
}

fn document(name: String, source: impl Read) -> Result<Document, Failure> {
    let mut bytes = Vec::new();
    let read = source.take(LARGEST + 1).read_to_end(&mut bytes);
    read.map_err(|error| Failure::failed(format!("cannot read {name}: {error}")))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > LARGEST {
        return Err(Failure::failed(format!(
            "{name} has more than {LARGEST} bytes; a document has at most that many"
        )));
    }
    match String::from_utf8(bytes) {
        Ok(text) => Ok(Document { name, text }),
        Err(_) => Err(Failure::failed(format!("{name} is no text in UTF-8"))),
    }
}

/// All problems of all documents, one a line.
pub(super) fn problem_table(verdicts: &[Verdict]) -> String {
    let mut rows = Vec::new();
    for verdict in verdicts {
        if verdict.valid {
            rows.push(vec![verdict.file.clone(), String::new(), "valid".to_owned()]);
        }
        for problem in &verdict.problems {
            let place = if problem.pointer.is_empty() { "/" } else { &problem.pointer };
            rows.push(vec![verdict.file.clone(), place.to_owned(), problem.detail.clone()]);
        }
    }
    Table::new(&["FILE", "PLACE", "VERDICT"], rows).to_string()
}

/// A sentence about documents that are wrong; `None` when none is.
pub(super) fn refusal(verdicts: &[Verdict]) -> Option<String> {
    let problems: usize = verdicts.iter().map(|verdict| verdict.problems.len()).sum();
    let files = verdicts.iter().filter(|verdict| !verdict.valid).count();
    let count = |number: usize, what: &str| match number {
        1 => format!("1 {what}"),
        number => format!("{number} {what}s"),
    };
    (problems > 0).then(|| format!("{} in {}", count(problems, "problem"), count(files, "file")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_read_in_order_and_only_documents_of_them() {
        let folder = std::env::temp_dir().join(format!("magone-documents-{}", std::process::id()));
        std::fs::create_dir_all(folder.join("nested.yaml")).unwrap();
        assert!(read(std::slice::from_ref(&folder)).unwrap_err().sentence.starts_with("there is no .yaml"));
        for name in ["b.yml", "a.json", "c.yaml", "notes.txt"] {
            std::fs::write(folder.join(name), name).unwrap();
        }
        let texts: Vec<_> =
            read(std::slice::from_ref(&folder)).unwrap().into_iter().map(|d| d.text).collect();
        assert_eq!(texts, ["a.json", "b.yml", "c.yaml"]);
        std::fs::remove_dir_all(&folder).unwrap();
        assert!(read(&[folder]).unwrap_err().sentence.starts_with("cannot read "));
    }

    #[test]
    fn documents_are_texts_of_a_bounded_size() {
        let not_text = document("x".to_owned(), &[0xff_u8, 0xfe][..]).unwrap_err();
        assert_eq!(not_text.sentence, "x is no text in UTF-8");
        let endless = document("x".to_owned(), io::repeat(b' ')).unwrap_err();
        assert!(endless.sentence.starts_with("x has more than 8388608 bytes"), "{}", endless.sentence);
    }

    #[test]
    fn verdicts_are_counted() {
        let verdicts = |counts: &[usize]| {
            let problems = |count| vec![Problem::new("/a", "b"); count];
            counts.iter().map(|count| Verdict::of("f", problems(*count))).collect::<Vec<_>>()
        };
        assert_eq!(refusal(&verdicts(&[0, 0])), None);
        assert_eq!(refusal(&verdicts(&[0, 1])).unwrap(), "1 problem in 1 file");
        assert_eq!(refusal(&verdicts(&[2, 3])).unwrap(), "5 problems in 2 files");
    }
}
