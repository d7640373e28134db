//! Availability Zones as a new account sees them. Follows "AWS Regions and Availability Zones".

use crate::core::region::REGIONS;

/// An Availability Zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Zone {
    /// `us-east-1a`
    pub(crate) name: String,
    /// `use1-az1`
    pub(crate) id: String,
}

/// The zones of a region, in order.
pub(crate) fn of(region: &str) -> impl Iterator<Item = Zone> {
    let letters = match region {
        "us-east-1" => "abcdef",
        "us-west-2" | "ap-northeast-2" => "abcd",
        "us-west-1" => "ac",
        "ap-northeast-1" => "acd",
        "ca-central-1" => "abd",
        _ => "abc",
    };
    let short = short(region);
    letters.chars().zip(1..).map(move |(letter, number)| Zone {
        name: format!("{region}{letter}"),
        id: format!("{short}-az{number}"),
    })
}

/// Where the zone's region stands among all, for what must differ between regions.
pub(crate) fn region_number(region: &str) -> u8 {
    let at = REGIONS.iter().position(|name| *name == region).unwrap_or_default();
    u8::try_from(at).unwrap_or_default()
}

/// `us-east-1` as in zone ids: `use1`.
fn short(region: &str) -> String {
    let mut parts = region.split('-');
    let area = parts.next().unwrap_or_default();
    let direction = match parts.next().unwrap_or_default() {
        "northeast" => "ne",
        "northwest" => "nw",
        "southeast" => "se",
        "southwest" => "sw",
        other => other.get(..1).unwrap_or_default(),
    };
    format!("{area}{direction}{}", parts.next().unwrap_or_default())
}
