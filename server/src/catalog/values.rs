//! The student's named values, and putting them in place of `{{name}}`.

use super::check::Check;
use super::lab::Card;
use super::stack;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What the platform knows of an account and adds to the lab's own values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Account {
    /// For example `us-east-1`.
    pub region: String,
    /// Twelve digits.
    pub account_id: String,
    /// What to set as `AWS_ENDPOINT_URL`; empty on AWS.
    pub endpoint_url: String,
    /// Address of the lab's `files/` folder, readable without a session; `templates/` is beside it.
    pub files_url: String,
    /// What curl needs to reach a site of the practice world; empty on AWS.
    pub curl_options: String,
    /// Appended to unique values where students share an account, without its hyphen.
    pub suffix: Option<String>,
}

/// The names of `Account`'s members that a lab may use as values.
pub(crate) const PLATFORM: [&str; 6] =
    ["region", "account_id", "endpoint_url", "files_url", "templates_url", "curl_options"];

/// Every value of one student in one lab.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Values(BTreeMap<String, String>);

/// A value that is not there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoValue {
    /// The text names a value that the lab does not have.
    #[error("there is no value named {0}")]
    Unknown(String),
    /// `{{` without its end, or with something in it that is not a name.
    #[error("`{{{{` is not followed by a name and `}}}}`: {0}")]
    Malformed(String),
    /// The lab cannot run in this region.
    #[error("{name} has no value for the region {region}")]
    NotInRegion {
        /// The value's name.
        name: String,
        /// The region asked for.
        region: String,
    },
}

impl Values {
    /// The values of a student with this account. Fails where the lab cannot run in the account's region.
    pub fn of(card: &Card, account: &Account) -> Result<Self, NoValue> {
        let mut values = BTreeMap::new();
        for (name, spec) in &card.values {
            let value = match &spec.default {
                Some(stem) => match (&account.suffix, spec.unique) {
                    (Some(suffix), true) => format!("{stem}-{suffix}"),
                    _ => stem.clone(),
                },
                None => spec.by_region.get(&account.region).cloned().ok_or_else(|| NoValue::NotInRegion {
                    name: name.clone(),
                    region: account.region.clone(),
                })?,
            };
            values.insert(name.clone(), value);
        }
        let folder = account.files_url.trim_end_matches('/');
        let folder = folder.strip_suffix("/files").unwrap_or(folder);
        let templates_url = format!("{folder}/templates");
        let platform = [
            &account.region,
            &account.account_id,
            &account.endpoint_url,
            &account.files_url,
            &templates_url,
            &account.curl_options,
        ];
        values.extend(PLATFORM.iter().zip(platform).map(|(name, value)| ((*name).to_owned(), value.clone())));
        if let Some(spec) = &card.stack {
            let name = || stack::name(&card.slug, account.suffix.as_deref());
            values.entry(stack::NAME.to_owned()).or_insert_with(name);
            values.extend(spec.outputs.keys().map(|name| (name.clone(), String::new())));
        }
        Ok(Self(values))
    }

    /// The same with what the student's stack has put out, by the names of the values; what is not among them stays
    /// empty.
    #[must_use]
    pub fn with_outputs(mut self, outputs: &BTreeMap<String, String>) -> Self {
        for (name, value) in outputs {
            if let Some(there) = self.0.get_mut(name) {
                there.clone_from(value);
            }
        }
        self
    }

    /// The same for texts that people read: where the stack has not put out a value yet, its name in brackets that no shell
    /// and no service takes for a value.
    #[must_use]
    pub fn with_placeholders(mut self, card: &Card) -> Self {
        for name in card.stack.iter().flat_map(|spec| spec.outputs.keys()) {
            if let Some(there) = self.0.get_mut(name).filter(|value| value.is_empty()) {
                *there = format!("‹{name}›");
            }
        }
        self
    }

    /// From names and values as they are.
    pub fn from_pairs<N: Into<String>, V: Into<String>>(pairs: impl IntoIterator<Item = (N, V)>) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }

    /// One value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The text with every `{{name}}` replaced.
    pub fn fill(&self, text: &str) -> Result<String, NoValue> {
        let mut filled = String::with_capacity(text.len());
        for piece in pieces(text) {
            match piece? {
                Piece::Text(text) => filled.push_str(text),
                Piece::Name(name) => {
                    filled.push_str(self.get(name).ok_or_else(|| NoValue::Unknown(name.to_owned()))?);
                }
            }
        }
        Ok(filled)
    }

    /// The check with every string filled in.
    pub fn fill_check(&self, check: &Check) -> Result<Check, NoValue> {
        let malformed = |e: serde_json::Error| NoValue::Malformed(e.to_string());
        let mut tree = serde_json::to_value(check).map_err(malformed)?;
        self.fill_tree(&mut tree)?;
        serde_json::from_value(tree).map_err(malformed)
    }

    fn fill_tree(&self, tree: &mut serde_json::Value) -> Result<(), NoValue> {
        match tree {
            serde_json::Value::String(text) => *text = self.fill(text)?,
            serde_json::Value::Array(list) => list.iter_mut().try_for_each(|item| self.fill_tree(item))?,
            serde_json::Value::Object(map) => map.values_mut().try_for_each(|item| self.fill_tree(item))?,
            _ => {}
        }
        Ok(())
    }
}

/// A part of a text with values in it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// As it is.
    Text(&'a str),
    /// The name of a value.
    Name(&'a str),
}

/// Splits a text at its `{{name}}`s.
pub(crate) fn pieces(text: &str) -> impl Iterator<Item = Result<Piece<'_>, NoValue>> {
    let mut rest = text;
    let mut broken = false;
    std::iter::from_fn(move || {
        if broken || rest.is_empty() {
            return None;
        }
        let Some(inside) = rest.strip_prefix("{{") else {
            let (before, after) = rest.split_at(rest.find("{{").unwrap_or(rest.len()));
            rest = after;
            return Some(Ok(Piece::Text(before)));
        };
        match inside.split_once("}}") {
            Some((name, after)) if is_name(name.trim()) => {
                rest = after;
                Some(Ok(Piece::Name(name.trim())))
            }
            _ => {
                broken = true;
                Some(Err(NoValue::Malformed(inside.chars().take(20).collect())))
            }
        }
    })
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 32
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_their_places() {
        let values = Values::from_pairs([("cluster", "c-1"), ("region", "eu-west-1")]);
        assert_eq!(values.fill("{{cluster}} in {{ region }}: {x}").unwrap(), "c-1 in eu-west-1: {x}");
        assert_eq!(values.fill("{{vpc}}"), Err(NoValue::Unknown("vpc".to_owned())));
        assert!(matches!(values.fill("a {{cluster"), Err(NoValue::Malformed(_))));
        assert!(matches!(values.fill("{{{{cluster}}}}"), Err(NoValue::Malformed(_))));
    }

    #[test]
    fn a_value_is_not_filled_in_twice() {
        let values = Values::from_pairs([("a", "{{b}}"), ("b", "no")]);
        assert_eq!(values.fill("{{a}}").unwrap(), "{{b}}");
    }
}
