//! What things cost by the hour: the table in `prices.yaml`, dated and with its sources. Pure.
//!
//! An item of an inventory is a type, the features that choose among sizes, and the amounts that a price is multiplied
//! with. What is charged by use is no part of an hourly price. A type that the table does not know costs an unknown
//! amount, which is said, never taken for nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use crate::catalog::yaml::{self, Data, Node};

const TABLE: &str = include_str!("prices.yaml");
const HOURS_IN_A_MONTH: i64 = 730;

/// Something that may cost money while it is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Item {
    /// `AWS::EC2::Instance`, or a word of the table such as `public IPv4 address`.
    pub kind: String,
    /// `instance_type`: `t3.micro`.
    pub features: BTreeMap<String, String>,
    /// `size_gib`: thousandths of it.
    pub amounts: BTreeMap<String, i64>,
}

/// What one or many cost by the hour, in billionths of a US dollar: whole numbers, so that sums are exact.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hourly {
    /// The sum of what is known.
    pub nano_usd: i64,
    /// A figure in it is to be compared with its source.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub about: bool,
    /// Something in it has no price here.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
}

impl Hourly {
    /// Both together.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            nano_usd: self.nano_usd.saturating_add(other.nano_usd),
            about: self.about || other.about,
            unknown: self.unknown || other.unknown,
        }
    }
}

impl std::fmt::Display for Hourly {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Up to the next hundredth of a cent, so that what costs something never shows as nothing.
        let parts = self.nano_usd.saturating_add(99_999) / 100_000;
        let about = if self.about { "about " } else { "" };
        let more = if self.unknown { " and what has no price here" } else { "" };
        let (whole, rest) = (parts / 10_000, parts % 10_000);
        let digits = format!("{rest:04}");
        let (cents, finer) = digits.split_at(2);
        let finer = finer.trim_end_matches('0');
        write!(f, "{about}${whole}.{cents}{finer}{more}")
    }
}

/// The table.
#[derive(Debug, Clone)]
pub struct Prices {
    /// The day it was put together, as in the file.
    pub dated: String,
    charged: Vec<Price>,
    free: BTreeSet<String>,
}

#[derive(Debug, Clone)]
struct Price {
    kind: String,
    features: BTreeMap<String, String>,
    per: Per,
    times: Option<String>,
    by_region: BTreeMap<String, i64>,
    unsure: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Per {
    Hour,
    Month,
    /// Not by the hour.
    Use,
}

impl Prices {
    /// The table of this repository, read once. Its own test says that it can be read; were it not, everything would be
    /// unknown.
    pub fn of_repository() -> &'static Self {
        static READ: OnceLock<Prices> = OnceLock::new();
        READ.get_or_init(|| {
            Self::read(TABLE).unwrap_or_else(|message| {
                tracing::error!(message, "the price table cannot be read");
                Self { dated: String::new(), charged: Vec::new(), free: BTreeSet::new() }
            })
        })
    }

    fn read(text: &str) -> Result<Self, String> {
        let root = yaml::parse(text).map_err(|error| format!("line {}: {error}", error.line))?;
        let prices = root.get("prices").map(Node::items).unwrap_or_default();
        Ok(Self {
            dated: root.get("dated").map(word).unwrap_or_default(),
            charged: prices
                .iter()
                .map(|node| price(node).ok_or_else(|| format!("line {}: not a price", node.line)))
                .collect::<Result<_, _>>()?,
            free: root.get("free").map(Node::items).unwrap_or_default().iter().map(word).collect(),
        })
    }

    /// What an item costs in a region.
    pub fn of(&self, item: &Item, region: &str) -> Hourly {
        let of_kind: Vec<&Price> = self.charged.iter().filter(|price| price.kind == item.kind).collect();
        let fits = |price: &&&Price| {
            price.features.iter().all(|(name, value)| item.features.get(name) == Some(value))
        };
        let fitting: Vec<&&Price> = of_kind.iter().filter(fits).collect();
        if fitting.is_empty() {
            return Hourly { unknown: !self.free.contains(&item.kind), ..Hourly::default() };
        }
        fitting.into_iter().map(|price| price.hourly(item, region)).fold(Hourly::default(), Hourly::plus)
    }
}

impl Price {
    fn hourly(&self, item: &Item, region: &str) -> Hourly {
        let hours = match self.per {
            Per::Use => return Hourly::default(),
            Per::Hour => 1,
            Per::Month => HOURS_IN_A_MONTH,
        };
        let thousandths = match &self.times {
            None => Some(1_000),
            Some(times) => item.amounts.get(times).copied(),
        };
        let found = self.by_region.get(region).zip(thousandths);
        let nano_usd = found.map(|(usd, amount)| usd.saturating_mul(amount) / 1_000 / hours);
        Hourly { nano_usd: nano_usd.unwrap_or(0), about: self.unsure, unknown: nano_usd.is_none() }
    }
}

fn price(node: &Node) -> Option<Price> {
    let Data::Map(matched) = &node.get("match")?.data else { return None };
    let Data::Map(usd) = &node.get("usd")?.data else { return None };
    let mut features: BTreeMap<String, String> =
        matched.iter().map(|(name, _, value)| (name.clone(), word(value))).collect();
    Some(Price {
        kind: features.remove("type")?,
        features,
        per: match node.get("per")?.text()? {
            "hour" => Per::Hour,
            "month" | "gb-month" => Per::Month,
            "gb" | "million" => Per::Use,
            _ => return None,
        },
        times: node.get("times").map(word),
        by_region: usd
            .iter()
            .map(|(region, _, amount)| Some((region.clone(), nano(&word(amount))?)))
            .collect::<Option<_>>()?,
        unsure: node.get("unsure").is_some_and(|of| of.data == Data::Bool(true)),
    })
}

fn word(node: &Node) -> String {
    match &node.data {
        Data::Text(text) => text.clone(),
        Data::Integer(number) => number.to_string(),
        Data::Bool(yes) => yes.to_string(),
        _ => String::new(),
    }
}

/// `0.0225` in billionths, exactly.
fn nano(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    if part.len() > 9 || !part.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let whole: i64 = whole.parse().ok()?;
    let part: i64 = format!("{part:0<9}").parse().ok()?;
    whole.checked_mul(1_000_000_000)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(kind: &str, features: &[(&str, &str)], amounts: &[(&str, i64)]) -> Item {
        let text = |pairs: &[(&str, &str)]| {
            pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
        };
        Item {
            kind: kind.to_owned(),
            features: text(features),
            amounts: amounts.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect(),
        }
    }

    #[test]
    fn the_table_is_read_as_a_whole() {
        let prices = Prices::read(TABLE).unwrap();
        assert_eq!(prices.dated, "2026-11-21");
        assert!(prices.charged.len() > 40 && prices.free.contains("AWS::ECS::Cluster"));
    }

    #[test]
    fn an_hour_costs_what_the_table_says() {
        let prices = Prices::read(TABLE).unwrap();
        let cost = |of: Item, region: &str| prices.of(&of, region).to_string();
        let large = || item("AWS::EC2::Instance", &[("instance_type", "t2.large")], &[]);
        assert_eq!(cost(large(), "us-east-1"), "$0.0928");
        assert_eq!(cost(large(), "mars-1"), "$0.00 and what has no price here");
        assert_eq!(cost(item("AWS::ECS::Cluster", &[], &[]), "us-east-1"), "$0.00");
        assert_eq!(cost(item("AWS::Teapot::Pot", &[], &[]), "us-east-1"), "$0.00 and what has no price here");
        let task = [("launch_type", "FARGATE"), ("architecture", "X86_64")];
        let sizes = [("vcpu", 250), ("memory_gb", 500), ("ephemeral_gb_above_20", 0)];
        // A quarter of 0.04048, half of 0.004445, and a figure for the disk that is not sure, of none of it.
        assert_eq!(cost(item("AWS::ECS::Task", &task, &sizes), "us-east-1"), "about $0.0124");
        assert_eq!(cost(item("AWS::SecretsManager::Secret", &[], &[]), "us-east-1"), "$0.0006");
    }

    #[test]
    fn decimals_are_exact() {
        assert_eq!(nano("0.0001586"), Some(158_600));
        assert_eq!(nano("12"), Some(12_000_000_000));
        assert_eq!((nano("1.2.3"), nano("x"), nano("0.1234567891")), (None, None, None));
    }
}
