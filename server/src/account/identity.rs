//! Who a request's session belongs to. The session holds a person's id and nothing else: role and name are read
//! afresh, so that a change counts at once.

use app::model::Role;
use tower_sessions::Session;

use super::Error;
use crate::db::{Db, person};
use crate::secret::Secret;

/// The session's key for the person's id.
pub(crate) const PERSON: &str = "person";

/// The one who is looking.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) person_id: String,
    pub(crate) name: String,
    pub(crate) role: Role,
    pub(crate) password_hash: Option<Secret>,
}

/// Who is looking, if anyone.
pub(crate) async fn current(db: &Db, session: &Session) -> Result<Option<Identity>, Error> {
    let Some(id) = session.get::<String>(PERSON).await? else { return Ok(None) };
    let found = person::find(&mut db.read().await?, &id).await?;
    Ok(found.map(Identity::from))
}

impl From<person::Person> for Identity {
    fn from(person: person::Person) -> Self {
        let person::Person { id, name, password_hash, role } = person;
        Self { person_id: id, name, role: parse_role(&role), password_hash }
    }
}

/// Makes the session this person's, under a new id: one fixed or seen before is worth nothing.
pub(crate) async fn take(session: &Session, person_id: &str) -> Result<(), Error> {
    session.clear().await;
    session.cycle_id().await?;
    session.insert(PERSON, person_id).await?;
    Ok(())
}

/// Ends the session.
pub(crate) async fn leave(session: &Session) -> Result<(), Error> {
    session.flush().await?;
    Ok(())
}

pub(crate) const fn role_name(role: Role) -> &'static str {
    match role {
        Role::Guest => "guest",
        Role::Student => "student",
        Role::Instructor => "instructor",
    }
}

/// What is not known may least.
fn parse_role(text: &str) -> Role {
    match text {
        "instructor" => Role::Instructor,
        "student" => Role::Student,
        _ => Role::Guest,
    }
}
