//! The `drydock` program.
fn main() {}
