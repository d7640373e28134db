//! A CloudFormation stack for each student, where the lab declares one: made, shown, explained, and undone.
//!
//! - [`plan`]: what is kept and what is seen to the next action; pure
//! - [`run`]: the jobs · `turn`: looks, plans, acts and records, safe to be stopped anywhere
//! - [`stack`]: what asks for a stack and for its end
//! - [`guard`]: what may be spent
//! - [`receipt`]: what is left after its deletion
//! - [`waiting`]: what checks say that stand on one
//!
//! What a lab may declare is `catalog::stack`'s; what there is of a stack and what it costs, `inventory`'s. The stack's
//! name follows from the lab, it carries the attempt's id as a tag, and a request to make it is kept before it is sent:
//! so none is made twice and none is lost.

mod explain;
pub mod guard;
pub mod plan;
pub mod receipt;
pub mod run;
pub mod stack;
mod turn;
pub mod waiting;
pub mod wake;
