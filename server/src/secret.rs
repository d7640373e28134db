//! Secrets: a string that never shows itself in a log, tokens, and the sealing of what must be shown again.
//! Not here: passwords, which are hashed and never shown again (`account::password`).

use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use sha2::{Digest, Sha256};

/// A string that must not be logged: its `Debug` says nothing, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The secret itself. Whoever calls this answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(Self::new(s))
    }
}

/// A fresh random token of 256 bits, safe in a URL.
pub fn token() -> Secret {
    Secret::new(URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>()))
}

/// What is stored of a token: as it is random and long, one plain hash is enough.
pub fn token_hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// Something sealed could not be opened: another key, another purpose, or damage.
#[derive(Debug, thiserror::Error)]
#[error("a sealed value could not be opened with this server's key")]
pub struct Unsealable;

const NONCE_BYTES: usize = 24;
const KEY_BYTES: usize = 32;

/// Seals small secrets for the database (XChaCha20-Poly1305, random nonce) with a key that is not in it.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
    key: [u8; KEY_BYTES],
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// A sealer with a key that is forgotten with it, for tests and throw-away worlds.
    pub fn ephemeral() -> Self {
        Self::from_key(rand::random())
    }

    fn from_key(key: [u8; KEY_BYTES]) -> Self {
        Self { cipher: XChaCha20Poly1305::new(&Key::from(key)), key }
    }

    /// A key for another use, the same as long as the server's key is.
    pub fn derive(&self, purpose: &str) -> [u8; KEY_BYTES] {
        Sha256::new().chain_update(self.key).chain_update(b"derive").chain_update(purpose).finalize().into()
    }

    /// Reads the key file, or makes it, readable by its owner only.
    pub fn open(path: &Path) -> io::Result<Self> {
        match std::fs::read(path) {
            Ok(bytes) => {
                let key = <[u8; KEY_BYTES]>::try_from(bytes.as_slice()).map_err(|_| {
                    io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("{} is not a server key", path.display()),
                    )
                })?;
                Ok(Self::from_key(key))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::create(path),
            Err(error) => Err(error),
        }
    }

    fn create(path: &Path) -> io::Result<Self> {
        let key: [u8; KEY_BYTES] = rand::random();
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        file.write_all(&key)?;
        file.sync_all()?;
        Ok(Self::from_key(key))
    }

    /// Seals `secret` so that it opens only under the same `purpose`, e.g. the row's key.
    pub fn seal(&self, purpose: &str, secret: &Secret) -> Vec<u8> {
        let nonce: [u8; NONCE_BYTES] = rand::random();
        let payload = Payload { msg: secret.expose().as_bytes(), aad: purpose.as_bytes() };
        let mut out = nonce.to_vec();
        // Encryption fails only for messages of 256 GiB and more; then nothing but the nonce is stored.
        out.extend(self.cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default());
        out
    }

    /// Opens what [`Sealer::seal`] made.
    pub fn unseal(&self, purpose: &str, sealed: &[u8]) -> Result<Secret, Unsealable> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE_BYTES>().ok_or(Unsealable)?;
        let payload = Payload { msg: text, aad: purpose.as_bytes() };
        let plain = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| Unsealable)?;
        String::from_utf8(plain).map(Secret).map_err(|_| Unsealable)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_secret_opens_only_for_its_purpose() {
        let sealer = Sealer::ephemeral();
        let secret = Secret::new("wJalrXUtnFEMI");
        let hidden = sealer.seal("world_key:AKIA1", &secret);
        assert!(!hidden.windows(5).any(|w| w == b"wJalr"));
        assert_eq!(sealer.unseal("world_key:AKIA1", &hidden).unwrap(), secret);
        assert!(sealer.unseal("world_key:AKIA2", &hidden).is_err());
        assert!(Sealer::ephemeral().unseal("world_key:AKIA1", &hidden).is_err());
        assert!(sealer.unseal("world_key:AKIA1", &hidden[..10]).is_err());
        assert_ne!(hidden, sealer.seal("world_key:AKIA1", &secret));
    }

    #[test]
    fn the_key_file_is_kept_and_private() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("server.key");
        let sealed = Sealer::open(&path).unwrap().seal("p", &Secret::new("s"));
        assert_eq!(Sealer::open(&path).unwrap().unseal("p", &sealed).unwrap().expose(), "s");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::write(&path, b"short").unwrap();
        assert!(Sealer::open(&path).is_err());
    }

    #[test]
    fn debug_says_nothing() {
        assert!(!format!("{:?}", Secret::new("hunter2")).contains("hunter2"));
    }
}
