//! Passwords: argon2id, hashed and checked away from the threads that serve, a few at a time because each takes
//! about 20 MB. An unknown name costs as long as a wrong password.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Argon2, PasswordHash};
use tokio::sync::Semaphore;

use super::Error;
use crate::secret::Secret;

const FEWEST_CHARS: usize = 10;
const MOST_BYTES: usize = 256;

static AT_ONCE: Semaphore = Semaphore::const_new(4);

/// What an unknown name's password is compared with, so that it takes as long: a real hash of no password.
static NOBODY: LazyLock<Option<Secret>> = LazyLock::new(|| hash_now(crate::secret::token().expose()).ok());

/// A password that may be set.
#[derive(Clone, Debug)]
pub(crate) struct Password(Secret);

impl Password {
    /// Length is what makes passwords strong; nothing else is asked for.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        if text.chars().count() < FEWEST_CHARS {
            Err(Error::invalid("password", "At least 10 characters, please."))
        } else if text.len() > MOST_BYTES {
            Err(Error::invalid("password", "At most 256 bytes, please."))
        } else {
            Ok(Self(Secret::new(text)))
        }
    }

    /// Its hash, to be stored.
    pub(crate) async fn hash(self) -> Result<Secret, Error> {
        away(move || hash_now(self.0.expose())).await?
    }
}

/// Whether `given` is the password of `stored`; with nothing stored, takes as long and says no.
pub(crate) async fn verify(given: &str, stored: Option<Secret>) -> Result<bool, Error> {
    if given.len() > MOST_BYTES {
        return Ok(false);
    }
    let given = Secret::new(given);
    away(move || {
        let known = stored.is_some();
        let Some(stored) = stored.or_else(|| NOBODY.clone()) else { return false };
        let Ok(hash) = PasswordHash::new(stored.expose()) else { return false };
        let fits = Argon2::default().verify_password(given.expose().as_bytes(), &hash).is_ok();
        known && fits
    })
    .await
}

fn hash_now(password: &str) -> Result<Secret, Error> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|_| Error::Hashing("argon2"))?;
    Ok(Secret::new(hash.to_string()))
}

async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Error> {
    let _turn = AT_ONCE.acquire().await.map_err(|_| Error::Hashing("closed"))?;
    tokio::task::spawn_blocking(work).await.map_err(|_| Error::Hashing("the hashing task failed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_password_fits_its_hash() {
        let hash = Password::parse("correct horse").unwrap().hash().await.unwrap();
        assert!(hash.expose().starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!verify("correct horsf", Some(hash)).await.unwrap());
        assert!(!verify("correct horse", None).await.unwrap());
    }

    #[test]
    fn short_and_endless_passwords_are_refused() {
        assert!(Password::parse("ninechars").is_err());
        assert!(Password::parse(&"x".repeat(257)).is_err());
    }
}
