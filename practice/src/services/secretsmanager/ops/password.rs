//! `GetRandomPassword`. Its randomness comes from the world's ids, so it is an operation that changes the world.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault;
use crate::core::fault::Fault;
use crate::world::Scope;

const LOWER: &str = "abcdefghijklmnopqrstuvwxyz";
const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const NUMBERS: &str = "0123456789";
const PUNCTUATION: &str = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
#[expect(clippy::struct_excessive_bools, reason = "AWS's members")]
pub(crate) struct Wanted {
    password_length: Option<i64>,
    #[serde(default)]
    exclude_characters: String,
    #[serde(default)]
    exclude_numbers: bool,
    #[serde(default)]
    exclude_punctuation: bool,
    #[serde(default)]
    exclude_uppercase: bool,
    #[serde(default)]
    exclude_lowercase: bool,
    #[serde(default)]
    include_space: bool,
    require_each_included_type: Option<bool>,
}

pub(crate) fn random(scope: &mut Scope<'_>, input: Wanted) -> Result<Value, Fault> {
    let length = usize::try_from(input.password_length.unwrap_or(32)).unwrap_or(0);
    if !(1..=4096).contains(&length) {
        return Err(fault::invalid("PasswordLength must be from 1 to 4096."));
    }
    let classes: Vec<Vec<char>> = [
        (LOWER, input.exclude_lowercase),
        (UPPER, input.exclude_uppercase),
        (NUMBERS, input.exclude_numbers),
        (PUNCTUATION, input.exclude_punctuation),
        (" ", !input.include_space),
    ]
    .into_iter()
    .filter(|(_, excluded)| !excluded)
    .map(|(class, _)| class.chars().filter(|c| !input.exclude_characters.contains(*c)).collect())
    .collect();
    let all: Vec<char> = classes.iter().flatten().copied().collect();
    let each = input.require_each_included_type.unwrap_or(true);
    if all.is_empty() || (each && (classes.iter().any(Vec::is_empty) || classes.len() > length)) {
        return Err(fault::invalid(
            "The password can't be made: too many characters are excluded, or it is too short for every type.",
        ));
    }
    let mut below = |many: usize| {
        let many = u64::try_from(many).unwrap_or(1).max(1);
        usize::try_from(scope.region.ids.bits() % many).unwrap_or(0)
    };
    let mut password: Vec<char> = Vec::with_capacity(length);
    for _ in 0..length {
        password.extend(all.get(below(all.len())));
    }
    if each {
        // One of each type, each in a place of its own.
        let mut places: Vec<usize> = (0..length).collect();
        for class in &classes {
            let place = places.swap_remove(below(places.len()));
            if let (Some(slot), Some(c)) = (password.get_mut(place), class.get(below(class.len()))) {
                *slot = *c;
            }
        }
    }
    Ok(json!({"RandomPassword": password.into_iter().collect::<String>()}))
}
