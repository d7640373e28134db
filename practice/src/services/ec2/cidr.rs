//! IPv4 blocks. Follows "VPC CIDR blocks" and RFC 4632.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A block of IPv4 addresses in canonical form: no bits beyond the prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(crate) struct Cidr {
    first: u32,
    prefix: u8,
}

/// Text that is no IPv4 block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an IPv4 CIDR block")]
pub(crate) struct NotACidr;

impl Cidr {
    /// Everything: `0.0.0.0/0`.
    pub(crate) const ALL: Self = Self { first: 0, prefix: 0 };

    /// The block of that prefix around an address.
    pub(crate) fn around(address: Ipv4Addr, prefix: u8) -> Self {
        let prefix = prefix.min(32);
        Self { first: u32::from(address) & mask(prefix), prefix }
    }

    /// Length of the prefix, in bits.
    pub(crate) fn prefix(self) -> u8 {
        self.prefix
    }

    /// How many addresses it holds.
    pub(crate) fn size(self) -> u64 {
        1 << (32 - u32::from(self.prefix))
    }

    /// The address at `offset` from the first, if inside.
    pub(crate) fn at(self, offset: u64) -> Option<Ipv4Addr> {
        let offset = u32::try_from(offset).ok().filter(|_| offset < self.size())?;
        Some(Ipv4Addr::from(self.first.checked_add(offset)?))
    }

    /// Whether the address is inside.
    pub(crate) fn holds(self, address: Ipv4Addr) -> bool {
        u32::from(address) & mask(self.prefix) == self.first
    }

    /// Whether the other block is inside or the same.
    pub(crate) fn contains(self, other: Self) -> bool {
        self.prefix <= other.prefix && other.first & mask(self.prefix) == self.first
    }

    /// Whether the two share an address.
    pub(crate) fn overlaps(self, other: Self) -> bool {
        self.contains(other) || other.contains(self)
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0)
}

impl FromStr for Cidr {
    type Err = NotACidr;

    fn from_str(text: &str) -> Result<Self, NotACidr> {
        let (address, prefix) = text.split_once('/').ok_or(NotACidr)?;
        let address: Ipv4Addr = address.parse().map_err(|_| NotACidr)?;
        let digits = !prefix.is_empty() && prefix.len() <= 2 && prefix.bytes().all(|b| b.is_ascii_digit());
        let prefix: u8 = prefix.parse().ok().filter(|p| digits && *p <= 32).ok_or(NotACidr)?;
        Ok(Self::around(address, prefix))
    }
}

impl TryFrom<String> for Cidr {
    type Error = NotACidr;

    fn try_from(text: String) -> Result<Self, NotACidr> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(cidr: Cidr) -> Self {
        cidr.to_string()
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", Ipv4Addr::from(self.first), self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_canonical_and_know_their_addresses() {
        let block: Cidr = "10.0.5.9/24".parse().unwrap();
        assert_eq!(block.to_string(), "10.0.5.0/24");
        assert_eq!(block.at(255), Some(Ipv4Addr::new(10, 0, 5, 255)));
        assert_eq!(block.at(256), None);
        assert!(block.holds(Ipv4Addr::new(10, 0, 5, 77)) && !block.holds(Ipv4Addr::new(10, 0, 6, 0)));
        assert!(Cidr::ALL.contains(block) && Cidr::ALL.overlaps(block) && !block.contains(Cidr::ALL));
        for bad in ["", "10.0.0.0", "10.0.0/8", "10.0.0.0/33", "10.0.0.0/+8", "10.0.0.0/008", "a/8", "::/0"] {
            assert_eq!(bad.parse::<Cidr>(), Err(NotACidr), "{bad}");
        }
    }
}
