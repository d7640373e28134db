//! Names people give themselves. A display name need not be unique; the sign-in name is the same name in its
//! compared form (spaces joined, lower case) and is unique among those who have a password.

use super::Error;

const MOST_CHARS: usize = 60;

/// A name fit to be shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Name(String);

impl Name {
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let problem = if joined.is_empty() {
            "Give a name."
        } else if joined.chars().count() > MOST_CHARS {
            "At most 60 characters, please."
        } else if joined.chars().any(unprintable) {
            "That name has characters that cannot be shown."
        } else {
            return Ok(Self(joined));
        };
        Err(Error::invalid("name", problem))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The compared form.
    pub(crate) fn sign_in(&self) -> String {
        self.0.to_lowercase()
    }
}

/// Control characters, and those that reorder or hide the text around them.
fn unprintable(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// A name for someone who gave none.
pub(crate) fn guest(id: &str) -> String {
    // Four characters tell guests apart for a person who looks at a list; the id is what counts.
    let tail: String = id.chars().rev().take(4).collect();
    format!("Guest {tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_tidied_and_compared_without_case() {
        let name = Name::parse("  Ada \t Lovelace ").unwrap();
        assert_eq!(name.as_str(), "Ada Lovelace");
        assert_eq!(name.sign_in(), Name::parse("ADA LOVELACE").unwrap().sign_in());
    }

    #[test]
    fn names_that_cannot_be_shown_are_refused() {
        for bad in ["", "   ", "a\u{0}b", "abc\u{202e}txt", &"x".repeat(61)] {
            assert!(Name::parse(bad).is_err(), "{bad:?}");
        }
    }
}
