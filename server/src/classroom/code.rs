//! Join codes: six characters that are read aloud and typed on a phone. No vowels (no words), no 0 O 1 I L 2 Z
//! 5 S 8 B (no look-alikes). Guessing one is limited per address.

const ALPHABET: &[u8] = b"CDFGHJKMNPQRTVWXY34679";
const LENGTH: usize = 6;

/// A fresh code.
pub(crate) fn fresh() -> String {
    let mut left = rand::random::<u64>();
    let size = ALPHABET.len() as u64;
    (0..LENGTH)
        .map(|_| {
            let index = usize::try_from(left % size).unwrap_or_default();
            left /= size;
            char::from(ALPHABET.get(index).copied().unwrap_or(b'C'))
        })
        .collect()
}

/// What was typed, as codes are stored; None if it cannot be one.
pub(crate) fn parse(typed: &str) -> Option<String> {
    let code: String = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .take(LENGTH + 1)
        .map(|c| c.to_ascii_uppercase())
        .collect();
    (code.len() == LENGTH && code.bytes().all(|b| ALPHABET.contains(&b))).then_some(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_survives_being_typed() {
        let code = fresh();
        assert_eq!(parse(&code), Some(code.clone()));
        let (a, b) = code.split_at(3);
        assert_eq!(parse(&format!(" {}-{b} ", a.to_lowercase())), Some(code));
    }

    #[test]
    fn what_is_no_code_is_refused() {
        for bad in ["", "CDFGH", "CDFGHJK", "CDFGH0", "CDFGHé", "' or 1=1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
