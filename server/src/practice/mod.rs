//! Hosts practice accounts: loads each [`practice::World`] when it is needed, lets one request at a time change it,
//! journals before it answers, and takes a snapshot now and then.
//!
//! - [`store`]: where worlds are kept (the database, or memory for the standalone endpoint)
//! - [`host`]: the accounts and their time
//! - [`door`]: the HTTP port: AWS's protocols, the simulated world's sites, and the controls
//! - [`address`]: the names of the sites
//! - [`connector`], [`probe`]: the same without a socket, for the SDK clients and the front-end probe of the checks
//!
//! What AWS would do is not decided here but in the `practice` crate.

pub mod address;
pub mod connector;
pub mod door;
pub mod host;
pub mod probe;
pub mod standalone;
pub mod store;

pub use host::{HostError, PracticeHost};

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;

use crate::cloud::{Access, Patience};

/// How the platform's own SDK clients reach a practice account.
pub fn access(host: &PracticeHost, account: &str, region: &str) -> Access {
    // The connector vouches for the caller; the keys only have to be there for the SDK to sign with.
    let keys = Credentials::new("PLATFORM", "platform", None, None, "drydock");
    Access {
        http: connector::client(host.clone(), account),
        credentials: SharedCredentialsProvider::new(keys),
        region: region.to_owned(),
        endpoint: Some("http://practice.localhost".to_owned()),
        patience: Patience::Practice,
    }
}
