//! Frames of server-sent events (WHATWG HTML, section 9.2.6), as far as our own server sends them:
//! identifiers are in the data, so fields other than `data` are passed over.

/// Collects bytes, hands out the data of whole frames.
#[derive(Debug, Default)]
pub(super) struct Frames {
    rest: Vec<u8>,
}

impl Frames {
    /// Takes the next bytes, and answers the data of the frames that are whole now.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<String> {
        self.rest.extend_from_slice(bytes);
        let mut whole = Vec::new();
        while let Some(end) = self.rest.windows(2).position(|pair| pair == b"\n\n") {
            let frame: Vec<u8> = self.rest.drain(..end + 2).collect();
            whole.extend(data(&String::from_utf8_lossy(&frame)));
        }
        whole
    }

    /// Bytes of the frame that is not whole yet.
    pub fn pending(&self) -> usize {
        self.rest.len()
    }
}

fn data(frame: &str) -> Option<String> {
    let lines = frame.lines().filter_map(|line| line.strip_prefix("data:"));
    let lines: Vec<_> = lines.map(|text| text.strip_prefix(' ').unwrap_or(text)).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    const STREAM: &str =
        "retry: 2000\n\n: keep-alive\n\nid: 1\nevent: a\ndata: {\"é\":1}\n\ndata: 2\ndata:3\n\nid: 4\nda";

    #[test]
    fn frames_are_the_same_wherever_the_bytes_are_cut() {
        for size in 1..STREAM.len() {
            let mut frames = Frames::default();
            let whole: Vec<_> = STREAM.as_bytes().chunks(size).flat_map(|bytes| frames.push(bytes)).collect();
            assert_eq!(whole, ["{\"é\":1}", "2\n3"], "{size}");
            assert_eq!(frames.pending(), "id: 4\nda".len());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_to_the_same_however_they_are_cut(
            pieces in vec(select(&["\n", "\n\n", "data:", "data: ", "id: 1", ":", "\r", "\u{feff}", "é"][..]), 0..40),
            odd in vec(any::<u8>(), 0..20),
            size in 1..20_usize,
        ) {
            let bytes = [pieces.concat().into_bytes(), odd].concat();
            let mut at_once = Frames::default();
            let expected = at_once.push(&bytes);
            let mut cut = Frames::default();
            let whole: Vec<_> = bytes.chunks(size).flat_map(|bytes| cut.push(bytes)).collect();
            prop_assert_eq!((whole, cut.pending()), (expected, at_once.pending()));
        }
    }
}
