//! The platform.

pub mod cloud;
