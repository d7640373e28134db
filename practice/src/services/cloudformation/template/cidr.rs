//! `Fn::Cidr`: the blocks that a block of addresses can be cut into. Follows its page (AWS CloudFormation User Guide),
//! IPv4 and IPv6.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::fault::misused;
use crate::core::fault::Fault;

/// The first `count` blocks of `bits` host bits in `block`.
pub(super) fn blocks(block: &str, count: &str, bits: &str) -> Result<Vec<String>, Fault> {
    let (address, prefix) = parsed(block).ok_or_else(|| {
        misused(format!("the IP address block {block} of Fn::Cidr is not a valid CIDR block"))
    })?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let count: u128 =
        count.trim().parse().ok().filter(|count| (1..=256).contains(count)).ok_or_else(|| {
            misused(format!("the count {count} of Fn::Cidr must be a number between 1 and 256"))
        })?;
    let bits: u32 = bits.trim().parse().ok().filter(|bits| (1..width).contains(bits)).ok_or_else(|| {
        misused(format!("the subnet bits {bits} of Fn::Cidr must be between 1 and {}", width - 1))
    })?;
    let mask = width - bits;
    let there = mask.checked_sub(prefix).map_or(0, |more| 1_u128.checked_shl(more).unwrap_or(u128::MAX));
    if count > there {
        return Err(misused(format!(
            "Fn::Cidr cannot cut {block} into {count} blocks of {bits} subnet bits: there are {there}"
        )));
    }
    let first = first_of(address, width, prefix);
    Ok((0..count).map(|at| shown(first + (at << bits), address.is_ipv4(), mask)).collect())
}

fn parsed(block: &str) -> Option<(IpAddr, u32)> {
    let (address, prefix) = block.trim().split_once('/')?;
    let address: IpAddr = address.parse().ok()?;
    let prefix: u32 = prefix.parse().ok()?;
    let width = if address.is_ipv4() { 32 } else { 128 };
    (prefix <= width).then_some((address, prefix))
}

/// The first address of the block, host bits cleared.
fn first_of(address: IpAddr, width: u32, prefix: u32) -> u128 {
    let number = match address {
        IpAddr::V4(address) => u128::from(u32::from(address)),
        IpAddr::V6(address) => u128::from(address),
    };
    let host = width - prefix;
    number.checked_shr(host).and_then(|network| network.checked_shl(host)).unwrap_or(0)
}

fn shown(number: u128, v4: bool, mask: u32) -> String {
    match u32::try_from(number) {
        Ok(number) if v4 => format!("{}/{mask}", Ipv4Addr::from(number)),
        _ => format!("{}/{mask}", Ipv6Addr::from(number)),
    }
}
