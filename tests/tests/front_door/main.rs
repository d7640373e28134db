//! Through the front door, with the clients students have: the AWS CLI, boto3.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod mistakes;
mod solution;
mod stories;
