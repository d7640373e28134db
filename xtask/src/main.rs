//! All the set-up there is.
fn main() {}
