//! Certificates as PEM, read superficially: enough to know names and dates of what is imported. Nothing is verified.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::core::time::Time;

/// What is read of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Read {
    pub(super) names: Vec<String>,
    pub(super) not_before: Option<Time>,
    pub(super) not_after: Option<Time>,
}

/// The bytes of the first block of a kind; None when there is none or it is no base64.
fn block(text: &str, kind: &str) -> Option<Vec<u8>> {
    let (_, rest) = text.split_once(&format!("-----BEGIN {kind}-----"))?;
    let (inner, _) = rest.split_once(&format!("-----END {kind}-----"))?;
    let kept: String = inner.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(kept).ok()
}

/// Whether a text is a private key without a passphrase.
pub(super) fn is_key(text: &str) -> bool {
    ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"].iter().any(|kind| block(text, kind).is_some())
}

/// Names and dates of a certificate. None when it is none.
pub(super) fn read(text: &str) -> Option<Read> {
    let bytes = block(text, "CERTIFICATE")?;
    if bytes.first() != Some(&0x30) {
        return None;
    }
    let mut names: Vec<String> = common_name(&bytes).into_iter().collect();
    for name in alternative_names(&bytes) {
        if !names.contains(&name) && names.len() < 100 {
            names.push(name);
        }
    }
    let mut dates = dates(&bytes).into_iter();
    (!names.is_empty()).then(|| Read { names, not_before: dates.next(), not_after: dates.next() })
}

/// Where a sequence of bytes ends, each time it occurs.
fn ends<'b>(bytes: &'b [u8], wanted: &'b [u8]) -> impl Iterator<Item = &'b [u8]> {
    (0..bytes.len())
        .filter(move |at| bytes[*at..].starts_with(wanted))
        .map(move |at| &bytes[at + wanted.len()..])
}

/// The content of the value that stands at the beginning, with its tag. Lengths up to 65535.
fn value(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let (tag, length) = (*bytes.first()?, *bytes.get(1)?);
    let (length, from): (usize, usize) = match length {
        short @ 0..=127 => (usize::from(short), 2),
        0x81 => (usize::from(*bytes.get(2)?), 3),
        0x82 => (usize::from(*bytes.get(2)?) << 8 | usize::from(*bytes.get(3)?), 4),
        _ => return None,
    };
    Some((tag, bytes.get(from..from.checked_add(length)?)?))
}

fn legible(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    (!text.is_empty() && text.len() <= 253 && text.bytes().all(|b| b.is_ascii_graphic()))
        .then(|| text.to_owned())
}

/// The subject's common name: the last one, as the issuer's comes first.
fn common_name(bytes: &[u8]) -> Option<String> {
    ends(bytes, &[0x06, 0x03, 0x55, 0x04, 0x03]).filter_map(|rest| legible(value(rest)?.1)).last()
}

/// `dNSName`s of the extension `subjectAltName`.
fn alternative_names(bytes: &[u8]) -> Vec<String> {
    let Some(rest) = ends(bytes, &[0x06, 0x03, 0x55, 0x1d, 0x11]).next() else { return vec![] };
    let Some((0x04, octets)) = value(rest) else { return vec![] };
    let Some((0x30, mut left)) = value(octets) else { return vec![] };
    let mut names = Vec::new();
    while let Some((tag, content)) = value(left) {
        if tag == 0x82 {
            names.extend(legible(content));
        }
        let header = if content.len() < 128 {
            2
        } else if content.len() < 256 {
            3
        } else {
            4
        };
        left = left.get(header + content.len()..).unwrap_or_default();
    }
    names
}

/// The first two times: valid from and until. `YYMMDDHHMMSSZ`, years from 2000 on.
fn dates(bytes: &[u8]) -> Vec<Time> {
    let times = ends(bytes, &[0x17, 0x0d]).filter_map(|rest| std::str::from_utf8(rest.get(..13)?).ok());
    times
        .filter_map(|text| {
            let (date, time) = (text.get(..6)?, text.get(6..12)?);
            Time::parse(&format!("20{date}T{time}Z"))
        })
        .take(2)
        .collect()
}

/// What stands for the certificate of a request: of the form of one, without meaning.
pub(super) fn stand_in(seed: &str) -> String {
    let text: String = seed.chars().cycle().take(900).collect();
    let encoded = STANDARD.encode(text);
    let lines: Vec<&str> = (0..encoded.len())
        .step_by(64)
        .filter_map(|at| encoded.get(at..(at + 64).min(encoded.len())))
        .collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
}
