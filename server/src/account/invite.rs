//! The one-time link that makes an instructor. Only its hash is stored; of two who follow it at once, one is in.

use app::model::Role;
use tower_sessions::Session;

use super::name::Name;
use super::password::Password;
use super::{Error, identity, sign_in};
use crate::clock::EpochMs;
use crate::db::{Db, person};
use crate::secret::{Secret, token, token_hash};

/// A fresh link's token if there is no instructor yet; links printed before stop working.
pub(crate) async fn first(db: &Db, now: EpochMs) -> Result<Option<Secret>, Error> {
    let mut tx = db.begin().await?;
    if person::instructors(&mut tx).await? > 0 {
        return Ok(None);
    }
    person::forget_unused_invites(&mut tx).await?;
    let token = token();
    person::insert_invite(&mut tx, &token_hash(token.expose()), now).await?;
    tx.commit().await?;
    Ok(Some(token))
}

/// Whether the link can still be used.
pub(crate) async fn check(db: &Db, token: &str) -> Result<(), Error> {
    let open = person::invite_is_open(&mut db.read().await?, &token_hash(token)).await?;
    if open { Ok(()) } else { Err(Error::NoInvite) }
}

/// Uses the link: makes the instructor and gives them the session.
pub(crate) async fn accept(
    db: &Db,
    session: &Session,
    (token, name, password): (&str, &str, &str),
    now: EpochMs,
) -> Result<(), Error> {
    check(db, token).await?;
    let name = Name::parse(name)?;
    let hash = Password::parse(password)?.hash().await?;
    let mut tx = db.begin().await?;
    let id = sign_in::create(&mut tx, Some(&name), Role::Instructor, now).await?;
    if !person::set_password(&mut tx, &id, name.as_str(), &name.sign_in(), &hash).await? {
        return Err(Error::invalid("name", "Someone else signs in with this name. Choose another."));
    }
    if !person::use_invite(&mut tx, &token_hash(token), &id, now).await? {
        return Err(Error::NoInvite);
    }
    tx.commit().await?;
    identity::take(session, &id).await
}
