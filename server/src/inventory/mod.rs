//! What there is of a stack in its account, by the services' own word: CloudFormation's is never enough.
//!
//! - here: which of the account's things are the stack's, and what each costs; pure
//! - [`gather`]: asks every service that the stack had to do with, a list at a time
//! - [`estimate`]: the same things from a template, before anything is made; pure
//! - [`price`]: what things cost by the hour
//!
//! A thing is the stack's if it carries its tag `aws:cloudformation:stack-id` (or `-name`), if the stack's record names
//! its physical id, or if it was made by or for such a thing: a group's instance and its volume, a service's task, a load
//! balancer's addresses, a database's snapshot. What else stands in the stack's VPC is in its way: it keeps the VPC from
//! being deleted, whoever made it.

pub(crate) mod balancing;
pub(crate) mod compute;
pub(crate) mod containers;
pub(crate) mod data;
pub mod estimate;
pub mod gather;
pub(crate) mod network;
pub mod price;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use self::price::{Hourly, Item, Prices};

/// The table's word for it.
pub(crate) const PUBLIC_ADDRESS: &str = "public IPv4 address";
/// Things that come of things that come of the stack's: an instance of a group, its volume. None goes deeper.
const DEEPEST: usize = 4;

/// The stack to look for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Record {
    /// Its name.
    pub name: String,
    /// Its ARN, and those of the stacks nested in it. None known: the name counts.
    pub ids: BTreeSet<String>,
    /// Type and physical id of everything it is or was made of.
    pub resources: BTreeSet<(String, String)>,
}

/// Something in an account, as its own service shows it. What is gone, or as good as gone, is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thing {
    /// `AWS::EC2::Instance`.
    pub kind: String,
    /// As CloudFormation's record names it.
    pub id: String,
    /// Another name of it in records: an address's allocation id.
    pub alias: Option<String>,
    /// What people call it; the id where it has no other name.
    pub name: String,
    /// By key.
    pub tags: BTreeMap<String, String>,
    /// Ids of what it was made by or for.
    pub of: Vec<String>,
    /// Ids of what was made for it.
    pub has: Vec<String>,
    /// The VPC it stands in.
    pub vpc: Option<String>,
    /// What is charged for; nothing, where nothing is.
    pub priced: Vec<Item>,
}

/// Why a thing is in the inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bond {
    /// It is the stack's own.
    Own,
    /// Something of the stack made it, or it was made for that.
    Made,
    /// It is someone else's, in the stack's VPC, which cannot go before.
    InTheWay,
}

/// A line of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Row {
    /// `AWS::EC2::Instance`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Physical id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Why it is here.
    pub bond: Bond,
    /// What it costs.
    pub hourly: Hourly,
}

/// What there is of a stack.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inventory {
    /// Dearest first.
    pub rows: Vec<Row>,
    /// How many resources its record names, those that are gone too.
    #[serde(default)]
    pub had: usize,
    /// What could not be looked at, with the reason: of this, nothing is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unseen: Vec<String>,
}

impl Inventory {
    /// The sum of what its own and what that made cost. What is in its way is not the stack's to pay.
    pub fn hourly(&self) -> Hourly {
        let own = self.rows.iter().filter(|row| row.bond != Bond::InTheWay);
        own.map(|row| row.hourly).fold(Hourly::default(), Hourly::plus)
    }

    /// Nothing is there, and everything could be looked at.
    pub fn is_nothing(&self) -> bool {
        self.rows.is_empty() && self.unseen.is_empty()
    }
}

impl Thing {
    /// One without a price.
    pub(crate) fn new(kind: &str, id: impl Into<String>) -> Self {
        let id = id.into();
        Self { kind: kind.to_owned(), name: id.clone(), id, ..Self::default() }
    }

    /// With what is charged for it by its own type.
    #[must_use]
    pub(crate) fn charged(mut self, features: &[(&str, &str)], amounts: &[(&str, i64)]) -> Self {
        self.priced.push(item(&self.kind, features, amounts));
        self
    }

    /// With so many public addresses of its own.
    #[must_use]
    pub(crate) fn with_addresses(mut self, count: usize) -> Self {
        self.priced.extend(std::iter::repeat_n(item(PUBLIC_ADDRESS, &[], &[]), count));
        self
    }
}

/// An item of the price table; amounts in thousandths.
pub(crate) fn item(kind: &str, features: &[(&str, &str)], amounts: &[(&str, i64)]) -> Item {
    Item {
        kind: kind.to_owned(),
        features: features.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
        amounts: amounts.iter().map(|(name, amount)| ((*name).to_owned(), *amount)).collect(),
    }
}

/// What of the account's things is there of the stack.
pub fn of(record: &Record, things: &[Thing], prices: &Prices, region: &str) -> Vec<Row> {
    let named: BTreeSet<&str> = record.resources.iter().map(|(_, id)| id.as_str()).collect();
    let mut found: BTreeMap<usize, Bond> =
        (0..).zip(things).filter(|(_, thing)| is_own(record, thing)).map(|(at, _)| (at, Bond::Own)).collect();
    for _ in 0..DEEPEST {
        let there = || found.keys().filter_map(|at| things.get(*at));
        let known: BTreeSet<&str> = there()
            .flat_map(|thing| [Some(&thing.id), thing.alias.as_ref()])
            .flatten()
            .map(String::as_str)
            .collect();
        let had: BTreeSet<&str> = there().flat_map(|thing| &thing.has).map(String::as_str).collect();
        let made = |thing: &Thing| {
            had.contains(thing.id.as_str())
                || thing.of.iter().any(|of| named.contains(of.as_str()) || known.contains(of.as_str()))
        };
        let more: Vec<usize> = (0..)
            .zip(things)
            .filter(|(at, thing)| !found.contains_key(at) && made(thing))
            .map(|(at, _)| at)
            .collect();
        if more.is_empty() {
            break;
        }
        found.extend(more.into_iter().map(|at| (at, Bond::Made)));
    }
    // Only a VPC that is still there can have something in its way.
    let vpcs: BTreeSet<&str> = found
        .keys()
        .filter_map(|at| things.get(*at))
        .filter(|thing| thing.kind == "AWS::EC2::VPC")
        .map(|thing| thing.id.as_str())
        .collect();
    let in_the_way: Vec<usize> = (0..)
        .zip(things)
        .filter(|(at, thing)| {
            !found.contains_key(at) && thing.vpc.as_deref().is_some_and(|vpc| vpcs.contains(vpc))
        })
        .map(|(at, _)| at)
        .collect();
    found.extend(in_the_way.into_iter().map(|at| (at, Bond::InTheWay)));
    let mut rows: Vec<Row> = found
        .into_iter()
        .filter_map(|(at, bond)| Some((things.get(at)?, bond)))
        .map(|(thing, bond)| Row {
            kind: thing.kind.clone(),
            id: thing.id.clone(),
            name: thing.name.clone(),
            bond,
            hourly: cost(thing, prices, region),
        })
        .collect();
    rows.sort_by(|a, b| {
        let key = |row: &Row| (std::cmp::Reverse(row.hourly.nano_usd), row.kind.clone(), row.id.clone());
        key(a).cmp(&key(b))
    });
    rows
}

fn is_own(record: &Record, thing: &Thing) -> bool {
    let tag = |name: &str| thing.tags.get(&format!("aws:cloudformation:{name}"));
    let tagged = if record.ids.is_empty() {
        tag("stack-name") == Some(&record.name)
    } else {
        tag("stack-id").is_some_and(|id| record.ids.contains(id))
    };
    let recorded = |id: &String| record.resources.contains(&(thing.kind.clone(), id.clone()));
    tagged || recorded(&thing.id) || thing.alias.as_ref().is_some_and(recorded)
}

/// What a thing costs by the hour.
pub(crate) fn cost(thing: &Thing, prices: &Prices, region: &str) -> Hourly {
    thing.priced.iter().map(|item| prices.of(item, region)).fold(Hourly::default(), Hourly::plus)
}
