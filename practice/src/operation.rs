//! A typed function as an entry of a service's operation table. Operations that read get a [`View`] and cannot
//! change the world; operations that write get a [`Scope`], record intent and leave the rest to the engine.

use std::any::Any;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::core::fault::Fault;
use crate::core::time::Time;
use crate::resource::Resource;
use crate::wire::Protocol;
use crate::wire::shape::{self, ShapeError};
use crate::world::{Scope, View};

type Read = Box<dyn Fn(&View<'_>, Value) -> Result<Value, Fault> + Send + Sync>;
type Write = Box<dyn Fn(&mut Scope<'_>, Value) -> Result<Value, Fault> + Send + Sync>;

/// What an operation does with the world.
pub enum Run {
    /// Looks.
    Read(Read),
    /// Changes, or refuses with a fault and changes nothing.
    Write(Write),
}

/// One operation of a service.
pub struct Operation {
    /// `CreateCluster`, as in the service's model.
    pub name: &'static str,
    /// What it does.
    pub run: Run,
}

/// One AWS service of the practice cloud.
pub struct Service {
    /// Signing name and IAM prefix: `ecs`.
    pub name: &'static str,
    /// How it speaks.
    pub protocol: Protocol,
    /// Its operations, in any order.
    pub operations: Vec<Operation>,
    /// The moment of the next change that is due in a region, if any. Told nothing but the world.
    pub next_due: fn(&View<'_>) -> Option<Time>,
    /// Makes what is due at `scope.now` happen, and brings the world closer to what is desired. Idempotent;
    /// true when it changed anything.
    pub reconcile: fn(&mut Scope<'_>) -> bool,
    /// The resource types of CloudFormation that it offers.
    pub resources: &'static [&'static dyn Resource],
}

/// Nothing is ever due.
pub fn never(_: &View<'_>) -> Option<Time> {
    None
}

/// Nothing to do.
pub fn nothing(_: &mut Scope<'_>) -> bool {
    false
}

/// An operation that looks.
pub fn read<I, O>(
    protocol: Protocol,
    name: &'static str,
    handler: impl Fn(&View<'_>, I) -> Result<O, Fault> + Send + Sync + 'static,
) -> Operation
where
    I: DeserializeOwned,
    O: Serialize + 'static,
{
    let run = move |view: &View<'_>, input| output(handler(view, typed(protocol, input)?)?);
    Operation { name, run: Run::Read(Box::new(run)) }
}

/// An operation that changes something.
pub fn write<I, O>(
    protocol: Protocol,
    name: &'static str,
    handler: impl Fn(&mut Scope<'_>, I) -> Result<O, Fault> + Send + Sync + 'static,
) -> Operation
where
    I: DeserializeOwned,
    O: Serialize + 'static,
{
    let run = move |scope: &mut Scope<'_>, input| output(handler(scope, typed(protocol, input)?)?);
    Operation { name, run: Run::Write(Box::new(run)) }
}

fn typed<I: DeserializeOwned>(protocol: Protocol, input: Value) -> Result<I, Fault> {
    shape::read(input).map_err(|error| misfit(protocol, &error))
}

/// The fault for an input that does not fit, as each protocol words it ("Common errors" of the API references).
fn misfit(protocol: Protocol, error: &ShapeError) -> Fault {
    match (protocol, error) {
        (Protocol::Json11, ShapeError::Missing(name)) => {
            Fault::new("InvalidParameterException", format!("{name} cannot be blank."))
        }
        (Protocol::Json11, ShapeError::Malformed(message)) => Fault::new("SerializationException", message),
        (Protocol::RestJson, ShapeError::Missing(name)) => {
            Fault::new("BadRequest", format!("{name} is a required parameter."))
        }
        (Protocol::RestJson, ShapeError::Malformed(message)) => Fault::new("BadRequest", message),
        (Protocol::RestXml, ShapeError::Missing(name)) => {
            Fault::new("InvalidRequest", format!("{name} is a required parameter."))
        }
        (Protocol::RestXml, ShapeError::Malformed(message)) => Fault::new("InvalidArgument", message),
        // What speaks CBOR today spoke Query before, and words it still so.
        (Protocol::Cbor { .. } | Protocol::Json10, ShapeError::Missing(name)) => {
            let message = format!("The parameter {name} is required.");
            Fault::new("MissingRequiredParameterException", message)
        }
        (Protocol::Cbor { .. } | Protocol::Json10, ShapeError::Malformed(message)) => {
            Fault::new("InvalidParameterValueException", message)
        }
        (Protocol::Ec2 { .. }, ShapeError::Missing(name)) => {
            Fault::new("MissingParameter", format!("The request must contain the parameter {name}"))
        }
        (Protocol::Ec2 { .. }, ShapeError::Malformed(message)) => {
            Fault::new("InvalidParameterValue", message)
        }
        (Protocol::Query { .. }, ShapeError::Missing(name)) => Fault::new(
            "ValidationError",
            format!(
                "1 validation error detected: Value null at '{}' failed to satisfy constraint: Member must not be null",
                lower_first(name)
            ),
        ),
        (Protocol::Query { .. }, ShapeError::Malformed(message)) => Fault::new("MalformedInput", message),
    }
}

fn lower_first(name: &str) -> String {
    let mut chars = name.chars();
    chars.next().map(|first| first.to_lowercase().chain(chars).collect()).unwrap_or_default()
}

fn output<O: Serialize + 'static>(result: O) -> Result<Value, Fault> {
    let mut result = Some(result);
    // What is a tree already is moved: to serialize it would be to copy it.
    let tree = match (&mut result as &mut dyn Any).downcast_mut::<Option<Value>>() {
        Some(tree) => Ok(tree.take().unwrap_or_default()),
        None => serde_json::to_value(&result),
    };
    match tree {
        // An operation without output: `()` is an empty structure on the wire.
        Ok(Value::Null) => Ok(Value::Object(serde_json::Map::new())),
        Ok(tree) => Ok(tree),
        Err(error) => Err(Fault::new("InternalFailure", error.to_string()).with_status(500)),
    }
}
