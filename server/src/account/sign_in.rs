//! Coming in: as a guest, with name and password, and keeping a guest's work under a name.

use app::model::Role;
use tower_sessions::Session;

use super::identity::{self, Identity};
use super::name::{self, Name};
use super::password::{self, Password};
use super::{Error, limit};
use crate::clock::EpochMs;
use crate::db::{Db, Tx, person, session as sessions};

/// Makes someone new in the caller's transaction.
pub(crate) async fn create(
    tx: &mut Tx,
    name: Option<&Name>,
    role: Role,
    now: EpochMs,
) -> Result<String, Error> {
    let id = crate::id::fresh();
    let shown = name.map_or_else(|| name::guest(&id), |name| name.as_str().to_owned());
    person::insert(tx, &id, &shown, identity::role_name(role), now).await?;
    Ok(id)
}

/// Makes a guest and gives them the session.
pub(crate) async fn as_guest(db: &Db, session: &Session, address: &str, now: EpochMs) -> Result<(), Error> {
    limit::count(db, &[(limit::NEW_ADDRESS, address)], now).await?;
    let mut tx = db.begin().await?;
    let id = create(&mut tx, None, Role::Guest, now).await?;
    tx.commit().await?;
    identity::take(session, &id).await
}

/// Signs in. What is wrong, name or password, is not said.
pub(crate) async fn with_password(
    db: &Db,
    session: &Session,
    (name, password): (&str, &str),
    address: &str,
    now: EpochMs,
) -> Result<(), Error> {
    let refused = || Error::invalid("password", "The name or the password is not right.");
    let Ok(name) = Name::parse(name) else { return Err(refused()) };
    let sign_in_name = name.sign_in();
    let limits = [(limit::SIGN_IN_NAME, sign_in_name.as_str()), (limit::SIGN_IN_ADDRESS, address)];
    let counted = limit::count(db, &limits, now).await?;

    let found = person::find_sign_in(&mut db.read().await?, &sign_in_name).await?;
    let hash = found.as_ref().and_then(|person| person.password_hash.clone());
    if !password::verify(password, hash).await? {
        return Err(refused());
    }
    let Some(person) = found else { return Err(refused()) };
    counted.forget(db).await?;
    limit::clear(db, limit::SIGN_IN_NAME, &sign_in_name).await?;
    identity::take(session, &person.id).await
}

/// Gives a person a name and password, or changes them; all other sessions of the person end.
pub(crate) async fn set_password(
    db: &Db,
    session: &Session,
    who: &Identity,
    (name, current, new): (&str, Option<&str>, &str),
    now: EpochMs,
) -> Result<(), Error> {
    let name = Name::parse(name)?;
    let new = Password::parse(new)?;
    if let Some(hash) = &who.password_hash {
        // A session left open must not be a way to guess.
        let counted = limit::count(db, &[(limit::SIGN_IN_NAME, who.person_id.as_str())], now).await?;
        if !password::verify(current.unwrap_or_default(), Some(hash.clone())).await? {
            return Err(Error::invalid("current", "That is not the present password."));
        }
        counted.forget(db).await?;
    }
    let hash = new.hash().await?;
    let mut tx = db.begin().await?;
    if !person::set_password(&mut tx, &who.person_id, name.as_str(), &name.sign_in(), &hash).await? {
        return Err(Error::invalid("name", "Someone else signs in with this name. Choose another."));
    }
    if who.role == Role::Guest {
        person::set_role(&mut tx, &who.person_id, identity::role_name(Role::Student)).await?;
    }
    sessions::delete_of_person(&mut tx, &who.person_id).await?;
    tx.commit().await?;
    identity::take(session, &who.person_id).await
}
