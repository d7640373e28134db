//! Fresh identifiers for rows: 128 random bits in 26 lower-case letters and digits. They carry no meaning
//! and are not secrets: who may see a row is decided by the person who asks.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A fresh id.
pub fn fresh() -> String {
    let mut bits = u128::from_be_bytes(rand::random());
    let mut out = [b'0'; 26];
    for slot in out.iter_mut().rev() {
        // Five bits at a time; the mask keeps the index inside the alphabet.
        let index = usize::from((bits & 31) as u8);
        *slot = ALPHABET.get(index).copied().unwrap_or(b'0');
        bits >>= 5;
    }
    out.iter().copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_long_and_differ() {
        let a = fresh();
        assert_eq!(a.len(), 26);
        assert!(a.bytes().all(|b| ALPHABET.contains(&b)));
        assert_ne!(a, fresh());
    }
}
