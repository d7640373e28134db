//! The platform: people, labs, classrooms, and the practice accounts they work in.
//!
//! `http` receives, `backend` authorizes and maps, `account` and `classroom` decide, `db` keeps. `practice` hosts the students'
//! accounts, `check` judges them, `inventory` asks what there is and what it costs, `live` looks whenever they may have changed.

// The type of a whole page is nested as deeply as the page.
#![recursion_limit = "512"]

pub(crate) mod account;
pub mod backend;
pub mod catalog;
pub mod check;
pub mod classroom;
pub mod clock;
pub mod cloud;
pub mod config;
pub mod db;
pub mod http;
pub mod id;
pub mod inventory;
pub mod live;
pub mod practice;
pub mod provision;
pub mod secret;
pub mod serve;
pub mod state;
pub mod telemetry;
