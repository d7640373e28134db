//! What a service of the shop has of the world while it answers: the network, its databases, chance and time. The
//! network module gives it.

use serde_json::{Map, Value};

use super::{Login, Request, Response};

/// A process whose memory is read and written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) usize);

/// The surroundings of a service.
pub(crate) trait Net {
    /// Milliseconds since the epoch.
    fn now_ms(&self) -> i64;
    /// The request's own randomness, other with every call.
    fn random(&mut self) -> u64;
    /// An HTTP request to port 80 of a name; None when nobody answers it.
    fn fetch(&mut self, host: &str, request: Request) -> Option<Response>;
    /// The memory of the service's own process.
    fn own(&mut self) -> Place;
    /// Writes a line to the service's standard output.
    fn say(&mut self, line: String);
    /// A redis.
    fn redis(&mut self, host: &str) -> Option<Place>;
    /// A MongoDB, and whether it came with the demo's customers.
    fn mongo(&mut self, host: &str, port: u16) -> Option<(Place, bool)>;
    /// A RabbitMQ.
    fn rabbit(&mut self, host: &str) -> Option<Place>;
    /// A MySQL, and whether the socks are in that database; MySQL's or the driver's words when it cannot be used.
    fn mysql(&mut self, login: &Login) -> Result<(Option<Place>, bool), String>;
    /// What a process keeps under a key.
    fn get(&self, at: Place, key: &str) -> Option<String>;
    /// All it keeps under keys that begin so, by key, without that beginning.
    fn list(&self, at: Place, prefix: &str) -> Vec<(String, String)>;
    /// Keeps a text, or forgets it. Whoever has no room left forgets what was kept longest ago under keys with the
    /// same first word.
    fn put(&mut self, at: Place, key: &str, value: Option<String>);
    /// Puts an item into a DynamoDB table; AWS's words when it cannot.
    fn put_item(&mut self, table: &str, item: Map<String, Value>) -> Result<(), String>;
    /// All items of a DynamoDB table.
    fn items(&mut self, table: &str) -> Result<Vec<Map<String, Value>>, String>;
}

/// A random lower-case hexadecimal number of so many digits, 16 at most.
pub(super) fn hex(net: &mut dyn Net, digits: usize) -> String {
    let mut text = format!("{:016x}", net.random());
    text.truncate(digits);
    text
}
