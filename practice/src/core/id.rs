//! Identifiers, drawn from a seed that is part of the world: the same requests give the same ids.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::secret::Secret;

/// A deterministic stream of identifiers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdSource {
    seed: Secret<u64>,
    drawn: u64,
}

impl IdSource {
    /// A stream determined by `seed` and `label` alone.
    pub fn new(seed: u64, label: &str) -> Self {
        // One way: who sees ids of one stream can compute that stream, but not `seed`, nor another stream.
        let digest = Sha256::new_with_prefix(seed.to_le_bytes()).chain_update(label).finalize();
        let seed = digest.iter().take(8).fold(0, |bits, byte| bits << 8 | u64::from(*byte));
        Self { seed: Secret(seed), drawn: 0 }
    }

    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        mix(self.seed.0 ^ mix(self.drawn))
    }

    /// `digits` lower-case hexadecimal digits.
    pub fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits + 16);
        while text.len() < digits {
            text.push_str(&format!("{:016x}", self.bits()));
        }
        text.truncate(digits);
        text
    }

    /// An EC2-style resource id: `prefix-` and 17 hexadecimal digits, the first of them 0.
    pub fn resource(&mut self, prefix: &str) -> String {
        format!("{prefix}-0{}", self.hex(16))
    }

    /// A version 4 shaped UUID.
    pub fn uuid(&mut self) -> String {
        let h = self.hex(32);
        let part = |from: usize, to: usize| h.get(from..to).unwrap_or_default().to_owned();
        format!("{}-{}-4{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
    }

    /// `length` upper-case base-32 characters, as IAM's unique ids have after their prefix.
    pub fn base32(&mut self, length: usize) -> String {
        const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        (0..length).map(|_| char::from(ALPHABET[(self.bits() & 31) as usize])).collect()
    }
}

/// The finaliser of `SplitMix64`: a bijection that spreads every input bit.
pub fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_label_give_the_same_ids() {
        let (mut a, mut b) = (IdSource::new(7, "x"), IdSource::new(7, "x"));
        assert_eq!(a.resource("vpc"), b.resource("vpc"));
        assert_ne!(a.resource("vpc"), IdSource::new(7, "y").resource("vpc"));
        assert_eq!(a.resource("i").len(), "i-".len() + 17);
        assert_eq!(a.uuid().len(), 36);
    }
}
