//! People.

use app::api::{Accounts, Answer};
use app::error::ApiError;
use app::model::{LabSlug, Person, Role};
use async_trait::async_trait;

use super::{Backend, own_id};
use crate::account::name::Name;
use crate::account::{identity, invite, limit, sign_in};
use crate::classroom::{attempt, workshop as workshops};
use crate::db::{person, workshop};

#[async_trait]
impl Accounts for Backend {
    async fn me(&self) -> Answer<Option<Person>> {
        let Some(who) = self.whoever().await? else { return Ok(None) };
        let workshop = workshop::last_joined(&mut self.state.db.read().await?, &who.person_id).await?;
        Ok(Some(Person {
            name: who.name,
            role: who.role,
            has_password: who.password_hash.is_some(),
            workshop,
        }))
    }

    async fn start_as_guest(&self) -> Answer<()> {
        if self.whoever().await?.is_some() {
            return Ok(());
        }
        Ok(sign_in::as_guest(&self.state.db, self.session()?, &self.address, self.now()).await?)
    }

    async fn join(&self, code: &str, name: &str) -> Answer<LabSlug> {
        let name = Name::parse(name)?;
        let who = self.whoever().await?;
        let now = self.now();
        let db = &self.state.db;
        let counted = limit::count(db, &[(limit::JOIN_ADDRESS, &self.address)], now).await?;
        let newcomer = match &who {
            None => Some(limit::count(db, &[(limit::NEW_ADDRESS, &self.address)], now).await?),
            Some(_) => None,
        };
        let mut tx = db.begin().await?;
        let Some(found) = workshops::find_open(&mut tx, code).await? else {
            drop(tx);
            if let Some(newcomer) = newcomer {
                newcomer.forget(db).await?;
            }
            return Err(ApiError::invalid("code", "No workshop that is open has this code."));
        };
        let person = match &who {
            Some(who) => {
                if who.role == Role::Guest {
                    person::set_role(&mut tx, &who.person_id, identity::role_name(Role::Student)).await?;
                }
                // With a password the name is what one signs in with; the class sees the one given here.
                if who.password_hash.is_none() {
                    person::set_name(&mut tx, &who.person_id, name.as_str()).await?;
                }
                who.person_id.clone()
            }
            None => sign_in::create(&mut tx, Some(&name), Role::Student, now).await?,
        };
        workshop::enroll(&mut tx, &found.id, &person, name.as_str(), now).await?;
        tx.commit().await?;
        counted.forget(db).await?;
        if who.is_none_or(|who| who.role == Role::Guest) {
            identity::take(self.session()?, &person).await?;
        }
        attempt::join(&self.state, &person, &found.lab, &found.id).await?;
        self.state.hub.workshop_changed(&found.id);
        own_id(found.lab)
    }

    async fn sign_in(&self, name: &str, password: &str) -> Answer<()> {
        let given = (name, password);
        Ok(sign_in::with_password(&self.state.db, self.session()?, given, &self.address, self.now()).await?)
    }

    async fn set_password(&self, name: &str, current: Option<&str>, password: &str) -> Answer<()> {
        let who = self.someone().await?;
        let given = (name, current, password);
        Ok(sign_in::set_password(&self.state.db, self.session()?, &who, given, self.now()).await?)
    }

    async fn check_invite(&self, token: &str) -> Answer<()> {
        Ok(invite::check(&self.state.db, token).await?)
    }

    async fn accept_invite(&self, token: &str, name: &str, password: &str) -> Answer<()> {
        let given = (token, name, password);
        Ok(invite::accept(&self.state.db, self.session()?, given, self.now()).await?)
    }

    async fn sign_out(&self) -> Answer<()> {
        Ok(identity::leave(self.session()?).await?)
    }
}
