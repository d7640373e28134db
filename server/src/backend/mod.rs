//! Implements the port of `app`: authorize, call one function, map the result.
//!
//! A person's attempt is always found by the session's person, and a workshop by its instructor, so there is no id
//! that one could guess to see another's work: what is not one's own is not found.

mod accounts;
mod class_stacks;
mod classrooms;
mod deliverables;
mod labs;
mod practice;
mod render;
pub(crate) mod stacks;
pub mod view;

use std::sync::Arc;

use app::api::{Answer, Port};
use app::error::ApiError;
use app::model::{LabSlug, Role, WorkshopId};
use axum::http::Extensions;
use tower_sessions::Session;

use crate::account::identity::{self, Identity};
use crate::account::limit;
use crate::account::session_store::Sessions;
use crate::catalog::lab::Lab;
use crate::db::attempt::{self, Attempt};
use crate::db::workshop::{self, Workshop};
use crate::http::client::ClientAddr;
use crate::http::error::internal;
use crate::state::AppState;

/// The port of one request.
#[derive(Clone)]
pub struct Backend {
    state: AppState,
    /// None only if the router has no session layer.
    session: Option<Session>,
    address: String,
}

/// The port of the request with these extensions.
pub fn port(state: &AppState, extensions: &Extensions) -> Port {
    let backend = Arc::new(Backend::new(state, extensions));
    Port {
        accounts: Arc::clone(&backend) as _,
        labs: Arc::clone(&backend) as _,
        practice: Arc::clone(&backend) as _,
        stacks: Arc::clone(&backend) as _,
        deliverables: Arc::clone(&backend) as _,
        classrooms: backend,
    }
}

impl Backend {
    /// The backend of the request with these extensions.
    pub fn new(state: &AppState, extensions: &Extensions) -> Self {
        let address = extensions.get::<ClientAddr>().map(|client| limit::address(client.0));
        Self {
            state: state.clone(),
            session: extensions.get::<Session>().cloned(),
            address: address.unwrap_or_else(|| "unknown".to_owned()),
        }
    }

    /// The same for a later moment: what has become of the session is read again.
    pub(crate) fn afresh(&self) -> Self {
        let id = self.session.as_ref().and_then(Session::id);
        let store = Sessions::new(self.state.db.clone(), self.state.clock.clone());
        // Only read, so its expiry is of no matter. One that is not stored yet is nobody's.
        let session = id.map(|id| Session::new(Some(id), Arc::new(store), None));
        Self { session, ..self.clone() }
    }

    fn session(&self) -> Answer<&Session> {
        self.session.as_ref().ok_or_else(|| {
            tracing::error!("a request without a session layer");
            ApiError::Internal
        })
    }

    fn now(&self) -> i64 {
        self.state.clock.now()
    }

    async fn whoever(&self) -> Answer<Option<Identity>> {
        Ok(identity::current(&self.state.db, self.session()?).await?)
    }

    async fn someone(&self) -> Answer<Identity> {
        self.whoever().await?.ok_or(ApiError::SignInNeeded)
    }

    async fn instructor(&self) -> Answer<Identity> {
        let who = self.someone().await?;
        if who.role == Role::Instructor { Ok(who) } else { Err(ApiError::Forbidden) }
    }

    fn known_lab(&self, slug: &LabSlug) -> Answer<&Lab> {
        self.state.catalog.labs.get(slug.as_str()).ok_or(ApiError::NotFound)
    }

    /// The person's own attempt at the lab; `Conflict` if it is not begun.
    pub(crate) async fn own_attempt(&self, slug: &LabSlug) -> Answer<(&Lab, Attempt)> {
        let lab = self.known_lab(slug)?;
        let who = self.someone().await?;
        let mut conn = self.state.db.read().await?;
        let attempt = attempt::current(&mut conn, &who.person_id, slug.as_str()).await?;
        attempt.map(|attempt| (lab, attempt)).ok_or_else(|| conflict("Begin the lab first."))
    }

    /// The instructor's own workshop and its lab.
    pub(crate) async fn own_workshop(&self, id: &WorkshopId) -> Answer<(Identity, Workshop)> {
        let who = self.instructor().await?;
        let found = workshop::find(&mut self.state.db.read().await?, id.as_str()).await?;
        let found = found.filter(|workshop| workshop.instructor_id == who.person_id);
        Ok((who, found.ok_or(ApiError::NotFound)?))
    }

    /// The lab of a workshop; it may have been taken out of the catalog since.
    fn lab_of(&self, workshop: &Workshop) -> Answer<&Lab> {
        self.state.catalog.labs.get(&workshop.lab).ok_or_else(|| conflict("This lab is not here any more."))
    }

    /// Tells open pages that the attempt has changed.
    fn changed(&self, attempt: &Attempt) {
        self.state.hub.attempt_changed(&attempt.id);
        if let Some(workshop) = &attempt.workshop_id {
            self.state.hub.workshop_changed(workshop);
        }
    }
}

fn conflict(message: &str) -> ApiError {
    ApiError::Conflict { message: message.to_owned() }
}

/// An id of ours that does not parse is our own fault.
fn own_id<T: TryFrom<String>>(id: String) -> Answer<T> {
    T::try_from(id).map_err(|_| {
        tracing::error!("a stored id is malformed");
        ApiError::Internal
    })
}

impl From<crate::db::Error> for ApiError {
    fn from(error: crate::db::Error) -> Self {
        internal(&error, "the database")
    }
}
