//! Support for the tests that go through the front door: a practice endpoint on loopback, scripts run against it
//! with the real AWS CLI or boto3, and the platform's own checks looking at what they did.

pub mod browser;
pub mod endpoint;
pub mod platform;
pub mod student;
