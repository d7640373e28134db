//! Sessions: a cookie names one, and what is known of it is in redis or in the front end's own memory. One that is not
//! known there begins anew, as express-session does it.

use super::super::net::{Net, Place, hex};
use super::super::{Request, Response};

/// The cookie, as upstream calls it (load balancers stick to it).
const COOKIE: &str = "md.sid";
const REDIS: &str = "session-db";

pub(super) struct Session {
    id: String,
    at: Option<Place>,
    is_new: bool,
    /// Whether there is nowhere to keep it.
    pub(super) lost: bool,
    /// Id of the customer who signed in.
    pub(super) customer: Option<String>,
    /// Name of the customer.
    pub(super) name: Option<String>,
}

impl Session {
    /// The session of a request; a new one is kept at once.
    pub(super) fn of(redis: bool, request: &Request, net: &mut dyn Net) -> Self {
        let at = if redis { net.redis(REDIS) } else { Some(net.own()) };
        let named =
            request.cookie(COOKIE).filter(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()));
        let known = at.zip(named).and_then(|(at, id)| Some((id.to_owned(), net.get(at, &key(id))?)));
        let is_new = known.is_none();
        let (id, text) =
            known.unwrap_or_else(|| (format!("{}{}", hex(net, 16), hex(net, 16)), String::new()));
        let (customer, name) =
            text.split_once(' ').map(|(id, name)| (id.to_owned(), name.to_owned())).unzip();
        let session = Self { id, at, is_new, lost: at.is_none(), customer, name };
        if session.is_new {
            session.keep(net);
        }
        session
    }

    fn keep(&self, net: &mut dyn Net) {
        let text = match (&self.customer, &self.name) {
            (Some(id), Some(name)) => format!("{id} {name}"),
            _ => String::new(),
        };
        if let Some(at) = self.at {
            net.put(at, &key(&self.id), Some(text));
        }
    }

    /// Whose cart it is: the customer's, else the session's own.
    pub(super) fn owner(&self) -> &str {
        self.customer.as_deref().unwrap_or(&self.id)
    }

    /// Its own id.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    /// Somebody signs in, or out.
    pub(super) fn set(&mut self, who: Option<(String, String)>, net: &mut dyn Net) {
        (self.customer, self.name) = who.unzip();
        self.keep(net);
    }

    /// An answer with the cookie, if the visitor needs it.
    pub(super) fn sent_with(&self, mut answer: Response) -> Response {
        if self.is_new {
            let cookie = format!("{COOKIE}={}; Path=/; HttpOnly; SameSite=Lax", self.id);
            answer.headers.push(("set-cookie".to_owned(), cookie));
        }
        answer
    }
}

fn key(id: &str) -> String {
    format!("session {id}")
}
