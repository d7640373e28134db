//! Access keys: from a key id to its account, its secret and its owner. Key ids carry the account as AWS's do;
//! secrets and session tokens are derived from the world's seed and the id, and never stored.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::model::{KeyEntry, Model, Policies, Session, User};
use crate::core::arn::arn;
use crate::core::tag::Tags;
use crate::core::time::Time;
use crate::world::{Caller, Principal};

const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
/// Most access keys of one user (IAM quotas).
pub(super) const MAX_KEYS_PER_USER: usize = 2;

/// An access key with its secret, to be shown once. The secret is not in its `Debug` form.
#[derive(Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `AKIA...`, 20 characters.
    pub id: String,
    /// 40 characters.
    pub secret: String,
}

impl fmt::Debug for AccessKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccessKey").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What is wrong with a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialError {
    /// No such access key, an inactive one, or a wrong session token.
    Unknown,
    /// Temporary credentials past their time.
    Expired,
}

/// The account that an access key id was issued for; None when it is none of ours. As in AWS's own ids, the 40 bits
/// after the first of the sixteen base-32 characters are the account.
pub fn account_of(access_key_id: &str) -> Option<String> {
    let body = access_key_id.strip_prefix("AKIA").or_else(|| access_key_id.strip_prefix("ASIA"))?;
    if body.len() != 16 {
        return None;
    }
    let bits = body.bytes().try_fold(0_u128, |bits, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some(bits << 5 | u128::try_from(digit).ok()?)
    })?;
    let account = (bits >> 39) & 0xff_ffff_ffff;
    (account < 1_000_000_000_000).then(|| format!("{account:012}"))
}

/// A fresh key id for the model's account: `prefix`, one bit that is set, 40 bits of account, 39 random ones.
pub(crate) fn new_id(iam: &mut Model, prefix: &str) -> String {
    let account: u128 = iam.account.parse().unwrap_or_default();
    let random = u128::from(iam.ids.bits()) & 0x7f_ffff_ffff;
    let bits = 1 << 79 | (account & 0xff_ffff_ffff) << 39 | random;
    let letter = |at: u32| char::from(ALPHABET[(bits >> (5 * at) & 31) as usize]);
    prefix.chars().chain((0..16).rev().map(letter)).collect()
}

/// A unique id as IAM's are: a prefix for its kind and 17 characters.
pub(crate) fn unique_id(iam: &mut Model, prefix: &str) -> String {
    format!("{prefix}{}", iam.ids.base32(17))
}

/// The secret of an access key id, 40 characters.
pub(crate) fn secret_of(iam: &Model, access_key_id: &str) -> String {
    derived(iam, "secret access key", access_key_id).chars().take(40).collect()
}

/// The session token that goes with temporary credentials.
pub(crate) fn token_of(iam: &Model, access_key_id: &str) -> String {
    format!("IQoJb3JpZ2luX2Vj{}", derived(iam, "session token", access_key_id))
}

fn derived(iam: &Model, purpose: &str, access_key_id: &str) -> String {
    // HMAC takes keys of any length.
    Hmac::<Sha256>::new_from_slice(&iam.secret.0.to_le_bytes()).map_or_else(
        |_| String::new(),
        |mac| {
            let mac = mac.chain_update(purpose).chain_update([0]).chain_update(access_key_id);
            STANDARD.encode(mac.finalize().into_bytes())
        },
    )
}

/// The secret of an access key and who it belongs to.
pub fn find(
    iam: &Model,
    access_key_id: &str,
    session_token: Option<&str>,
    now: Time,
) -> Result<(String, Caller), CredentialError> {
    let secret = || secret_of(iam, access_key_id);
    if let Some(session) = iam.sessions.get(access_key_id) {
        if session_token != Some(token_of(iam, access_key_id).as_str()) {
            return Err(CredentialError::Unknown);
        }
        if session.expires_at <= now {
            return Err(CredentialError::Expired);
        }
        let caller = session_caller(iam, session, access_key_id).ok_or(CredentialError::Unknown)?;
        return Ok((secret(), caller));
    }
    let key = iam.access_keys.get(access_key_id).filter(|key| key.active && session_token.is_none());
    let user = key.and_then(|key| iam.user(&key.user)).ok_or(CredentialError::Unknown)?;
    Ok((secret(), user_caller(user)))
}

pub(crate) fn user_caller(user: &User) -> Caller {
    let principal = Principal::User(user.name.clone());
    Caller { arn: user.arn.clone(), user_id: user.id.clone(), principal, session_key: None }
}

fn session_caller(iam: &Model, session: &Session, key: &str) -> Option<Caller> {
    match &session.principal {
        Principal::User(name) => iam.user(name).map(user_caller),
        Principal::Role(name) => {
            let role = iam.role(name)?;
            let resource = format!("assumed-role/{}/{}", role.name, session.name);
            Some(Caller {
                arn: arn("sts", "", &iam.account, &resource),
                user_id: format!("{}:{}", role.id, session.name),
                principal: session.principal.clone(),
                session_key: session.policies.as_ref().map(|_| key.to_owned()),
            })
        }
        Principal::Root => Some(Caller::root(&iam.account)),
        Principal::Service => None,
    }
}

/// Makes the IAM user `student` with `AdministratorAccess`, if need be, and a new access key for it. A user has at
/// most two keys: a third replaces the oldest.
pub fn bootstrap(iam: &mut Model, now: Time) -> AccessKey {
    const NAME: &str = "student";
    const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
    if iam.user(NAME).is_none() {
        let user = User {
            name: NAME.to_owned(),
            path: "/".to_owned(),
            id: unique_id(iam, "AIDA"),
            arn: arn("iam", "", &iam.account, &format!("user/{NAME}")),
            created_at: now,
            policies: Policies::default(),
            boundary: None,
            tags: Tags::default(),
        };
        iam.users.insert(NAME.to_owned(), user);
    }
    let name = iam.user(NAME).map_or_else(|| NAME.to_owned(), |user| user.name.clone());
    if let Some(user) = super::model::find_mut(&mut iam.users, NAME)
        && !user.policies.attached.iter().any(|attached| attached == ADMINISTRATOR)
    {
        user.policies.attached.push(ADMINISTRATOR.to_owned());
    }
    let mut keys: Vec<(Time, String)> = iam
        .access_keys
        .iter()
        .filter(|(_, k)| k.user == name)
        .map(|(id, k)| (k.created_at, id.clone()))
        .collect();
    keys.sort();
    for (_, id) in keys.iter().rev().skip(MAX_KEYS_PER_USER - 1) {
        iam.access_keys.remove(id);
    }
    issue(iam, &name, now)
}

/// A new access key for a user that exists and has room for it.
pub(crate) fn issue(iam: &mut Model, user: &str, now: Time) -> AccessKey {
    let id = new_id(iam, "AKIA");
    let secret = secret_of(iam, &id);
    iam.access_keys.insert(id.clone(), KeyEntry { user: user.to_owned(), active: true, created_at: now });
    AccessKey { id, secret }
}
