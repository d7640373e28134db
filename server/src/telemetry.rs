//! Logs: one line per event on standard error. Nothing secret is ever passed to it: passwords and keys live
//! in [`crate::secret::Secret`], whose `Debug` says nothing.

use tracing_subscriber::EnvFilter;

/// Starts logging with a filter such as `info,server=debug`. A filter that cannot be read means `info`.
/// A second call does nothing.
pub fn init(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .try_init();
}
