//! Names of collections.

/// Names that are told; the first ones show what is meant.
const TOLD: usize = 20;

/// Which collections there are.
#[derive(Clone, Copy, Debug)]
pub enum Collections<'a> {
    /// Nobody looks them up here: every name is taken for one.
    Unknown,
    /// None, because the server keeps no knowledge.
    NoStore,
    /// These, sorted.
    Named(&'a [String]),
}

impl<'a> Collections<'a> {
    /// Those that were found; `None` where no store could be asked.
    #[must_use]
    pub fn of(found: Option<&'a [String]>) -> Self {
        found.map_or(Self::NoStore, Self::Named)
    }

    /// Whether there is a collection of that name.
    ///
    /// # Errors
    /// One sentence.
    pub(super) fn check(self, name: &str) -> Result<(), String> {
        let why = match self {
            Self::Unknown => return Ok(()),
            Self::Named(names) if names.iter().any(|known| known == name) => return Ok(()),
            Self::NoStore => ": this server keeps no knowledge; leave out what asks for it".to_owned(),
            Self::Named([]) => ", nor any other one yet".to_owned(),
            Self::Named(names) => {
                let told: Vec<_> = names.iter().take(TOLD).map(String::as_str).collect();
                let more = if names.len() > TOLD { ", and others" } else { "" };
                format!("; there is: {}{more}", told.join(", "))
            }
        };
        Err(format!("there is no collection `{name}`{why}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_there_is_is_told() {
        let names: Vec<_> = (10..40).map(|n| format!("c{n}")).collect();
        for (collections, sentence) in [
            (Collections::Unknown, None),
            (Collections::of(Some(&names)), None),
            (Collections::of(None), Some(": this server keeps no knowledge; leave out what asks for it")),
            (Collections::of(Some(&[])), Some(", nor any other one yet")),
            (Collections::of(names.get(1..3)), Some("; there is: c11, c12")),
        ] {
            let sentence = sentence.map(|why| format!("there is no collection `c10`{why}"));
            assert_eq!(collections.check("c10").err(), sentence);
        }
        assert!(Collections::Named(&names).check("x").unwrap_err().ends_with("c28, c29, and others"));
    }
}
