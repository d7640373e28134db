//! Hosts practice accounts: loads each [`practice::World`] when it is needed, lets one request at a time change it,
//! journals before it answers, and takes a snapshot now and then.
//!
//! - [`store`]: where worlds are kept (the database, or memory for the standalone endpoint)
//! - [`host`]: the accounts and their time
//! - [`door`]: the HTTP port: AWS's protocols, the simulated world's sites, and the controls
//! - [`address`]: the names of the sites
//! - [`connector`]: the same without a socket, for the SDK clients of the checks
//!
//! What AWS would do is not decided here but in the `practice` crate.

pub mod address;
pub mod connector;
pub mod door;
pub mod host;
pub mod standalone;
pub mod store;

pub use host::{HostError, PracticeHost};
