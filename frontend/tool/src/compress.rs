//! The compressed forms of a file, made once instead of at every request.

use std::io::Write as _;

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::GzEncoder;

/// Brotli with the largest window that every browser accepts.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let mut writer = brotli::CompressorWriter::new(&mut compressed, 64 * 1024, 11, 22);
    writer.write_all(bytes).context("brotli")?;
    writer.flush().context("brotli")?;
    drop(writer);
    Ok(compressed)
}

/// Gzip, for what does not speak brotli: a browser on plain http to another host.
///
/// # Errors
/// Never in practice: it writes to memory.
pub fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).context("gzip")?;
    encoder.finish().context("gzip")
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn both_forms_unpack_to_what_went_in() {
        let text = "the same sentence again. ".repeat(200);
        let (mut from_brotli, mut from_gzip) = (String::new(), String::new());
        let (br, gz) = (brotli(text.as_bytes()).unwrap(), gzip(text.as_bytes()).unwrap());
        brotli::Decompressor::new(br.as_slice(), 4096).read_to_string(&mut from_brotli).unwrap();
        flate2::read::GzDecoder::new(gz.as_slice()).read_to_string(&mut from_gzip).unwrap();
        assert_eq!((&from_brotli, &from_gzip), (&text, &text));
        assert!(br.len() < text.len() / 10 && gz.len() < text.len() / 10);
    }
}
