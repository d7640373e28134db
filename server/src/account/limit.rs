//! How often something may fail: per name and per address, counted in the database so that a restart or a second
//! server does not reset it. An attempt counts before its outcome is known (many at once gain nothing) and is
//! forgotten again if it succeeds.

use std::net::IpAddr;

use super::Error;
use crate::clock::{EpochMs, MINUTE, SECOND};
use crate::db::{Db, session};

/// What is limited, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limit {
    subject: &'static str,
    most: u32,
    window_ms: i64,
}

/// Wrong passwords for one name.
pub(crate) const SIGN_IN_NAME: Limit = Limit { subject: "sign-in-name", most: 5, window_ms: 15 * MINUTE };
/// Wrong passwords from one address: a whole class may sit behind it.
pub(crate) const SIGN_IN_ADDRESS: Limit =
    Limit { subject: "sign-in-address", most: 50, window_ms: 15 * MINUTE };
/// Wrong join codes from one address.
pub(crate) const JOIN_ADDRESS: Limit = Limit { subject: "join-address", most: 30, window_ms: 10 * MINUTE };
/// New people from one address: each may bring a practice account.
pub(crate) const NEW_ADDRESS: Limit = Limit { subject: "new-address", most: 300, window_ms: 60 * MINUTE };

/// The longest window: older attempts are of no use.
const LONGEST_MS: i64 = 60 * MINUTE;

/// Attempts that were counted.
#[derive(Debug)]
pub(crate) struct Counted {
    ids: Vec<String>,
}

/// Counts an attempt against each limit, or says when to come again; then nothing is counted.
pub(crate) async fn count(db: &Db, limits: &[(Limit, &str)], now: EpochMs) -> Result<Counted, Error> {
    let mut tx = db.begin().await?;
    let mut ids = Vec::with_capacity(limits.len());
    for (limit, who) in limits {
        let subject = subject(*limit, who);
        let (so_far, oldest) = session::attempts(&mut tx, &subject, now - limit.window_ms).await?;
        if so_far >= limit.most {
            let wait_ms = oldest.map_or(limit.window_ms, |at| at + limit.window_ms - now);
            let retry_after_s = u32::try_from(wait_ms / SECOND + 1).unwrap_or(1);
            return Err(Error::TooMany { retry_after_s });
        }
        let id = crate::id::fresh();
        session::add_attempt(&mut tx, &id, &subject, now).await?;
        ids.push(id);
    }
    session::forget_attempts_before(&mut tx, now - LONGEST_MS).await?;
    tx.commit().await?;
    Ok(Counted { ids })
}

impl Counted {
    /// It was no failure after all.
    pub(crate) async fn forget(self, db: &Db) -> Result<(), Error> {
        let mut tx = db.begin().await?;
        for id in &self.ids {
            session::forget_attempt(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}

/// Someone who has shown who they are starts with a clean slate.
pub(crate) async fn clear(db: &Db, limit: Limit, who: &str) -> Result<(), Error> {
    let mut tx = db.begin().await?;
    session::forget_subject(&mut tx, &subject(limit, who)).await?;
    tx.commit().await?;
    Ok(())
}

fn subject(limit: Limit, who: &str) -> String {
    format!("{}:{who}", limit.subject)
}

/// An address as it is counted: an IPv6 customer has a whole /64.
pub(crate) fn address(ip: IpAddr) -> String {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.to_string(),
        IpAddr::V6(ip) => {
            let [a, b, c, d, ..] = ip.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_ipv6_customer_counts_once() {
        let of = |text: &str| address(text.parse().unwrap());
        assert_eq!(of("2001:db8::1"), of("2001:db8::ffff:1"));
        assert_ne!(of("2001:db8::1"), of("2001:db8:0:1::1"));
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
    }
}
