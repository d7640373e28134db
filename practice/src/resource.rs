//! A resource type of AWS CloudFormation: how its properties become calls of its service's own API. A service offers
//! its types in `services/<service>/resource.rs`; CloudFormation knows none of them but by this trait. What a type's
//! properties may be, which of them replace it, and what `Fn::GetAtt` finds is in the schemas that AWS publishes, see
//! `services/cloudformation/schema`.

use serde_json::{Map, Value};

use crate::core::fault::Fault;
use crate::operation::Run;
use crate::services::cloudformation::template::Policy;
use crate::services::{iam, registry};
use crate::world::{Scope, View};

/// One resource type. Properties arrive with every intrinsic function resolved, found valid by the type's schema, and
/// without what is null (`AWS::NoValue`).
pub trait Resource: Sync {
    /// `AWS::ECS::Cluster`.
    fn type_name(&self) -> &'static str;

    /// Asks the service for it; answers its physical id. A fault leaves nothing behind: what was made before it is
    /// taken back here.
    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault>;

    /// How far it is after [`Resource::create`] or [`Resource::update`]. Asked again whenever anything in the region
    /// has changed, and it never has to be asked otherwise: what it waits for happens in the world.
    fn settled(&self, _view: &View<'_>, _id: &str, _properties: &Value) -> Settled {
        Settled::Yes
    }

    /// Changes it in place. A change of a property that replaces it never comes here, see `createOnlyProperties`.
    fn update(
        &self,
        _api: &mut Api<'_, '_>,
        _id: &str,
        _before: &Value,
        _asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        Ok(())
    }

    /// How long it is waited for at most, in milliseconds at speed 1, where its properties say it.
    fn patience_ms(&self, _properties: &Value) -> Option<i64> {
        None
    }

    /// What is said when that has passed, where the type has words of its own.
    fn out_of_patience(&self, _view: &View<'_>, _properties: &Value) -> Option<String> {
        None
    }

    /// Whether an update has to ask for it even where none of its properties has changed: what they name may have.
    fn looks_inside(&self) -> bool {
        false
    }

    /// Asks the service to remove it; one that is already gone is no fault.
    fn delete(&self, api: &mut Api<'_, '_>, id: &str, properties: &Value) -> Result<(), Fault>;

    /// The same, after a snapshot of that name: what a `DeletionPolicy` of `Snapshot` comes to.
    fn delete_after_snapshot(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        properties: &Value,
        _snapshot: &str,
    ) -> Result<(), Fault> {
        self.delete(api, id, properties)
    }

    /// The `DeletionPolicy` of a resource whose template names none, where it is not `Delete`.
    fn deletion_policy(&self, _properties: &Value) -> Option<Policy> {
        None
    }

    /// Whether it has gone after [`Resource::delete`]; asked as [`Resource::settled`] is.
    fn gone(&self, _view: &View<'_>, _id: &str) -> Settled {
        Settled::Yes
    }

    /// What `Ref` comes to: "Return values" of the type's page.
    fn reference(&self, _view: &View<'_>, id: &str) -> String {
        id.to_owned()
    }

    /// What `Fn::GetAtt` comes to, by attribute name (`Endpoint.Address` with its dot).
    fn attributes(&self, _view: &View<'_>, _id: &str, _properties: &Value) -> Map<String, Value> {
        Map::new()
    }

    /// Its properties as they are now, in the form of a template, for drift detection: those that it can tell; None
    /// when it is gone.
    fn actual(&self, _view: &View<'_>, _id: &str) -> Actual {
        Actual::Unknown
    }

    /// How long AWS takes for it at least, in milliseconds at speed 1, beyond what its service takes.
    fn takes_ms(&self) -> i64 {
        3_000
    }
}

/// How far a resource is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// There, or gone, as asked.
    Yes,
    /// Not yet.
    NotYet,
    /// It will not be; the service's own reason.
    Failed(String),
}

/// What a type can tell of a resource as it is now.
#[derive(Debug, Clone, PartialEq)]
pub enum Actual {
    /// Drift of this type is not supported.
    Unknown,
    /// It is gone.
    Gone,
    /// Its properties.
    Is(Value),
}

/// What a template asks for.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// Name of the stack.
    pub stack: &'a str,
    /// ARN of the stack.
    pub stack_id: &'a str,
    /// Its name in the template.
    pub logical_id: &'a str,
    /// Its properties.
    pub properties: &'a Value,
    /// What CloudFormation puts on everything it makes: `aws:cloudformation:stack-name`, `-id`, `logical-id`, and the
    /// tags of the stack. The template's own tags win over these, see [`Asked::tags`].
    pub stack_tags: &'a [(String, String)],
    /// The tags that the stack itself had when this was last asked for.
    pub former_tags: &'a [(String, String)],
    /// Twelve characters that make a name its own.
    pub suffix: &'a str,
    /// What a stack inside of the stack has to know of it.
    pub within: Within<'a>,
}

/// Of the stack that asks.
#[derive(Debug, Clone, Copy, Default)]
pub struct Within<'a> {
    /// ARN of the outermost stack that it is in, or its own.
    pub root_id: &'a str,
    /// What it has acknowledged.
    pub capabilities: &'a [String],
    /// Whether it stays as it is when something fails.
    pub keeps: bool,
    /// Whether it goes back to what was before a failed update.
    pub restores: bool,
}

impl Asked<'_> {
    /// A property; null when it is not there.
    pub fn property(&self, name: &str) -> &Value {
        self.properties.get(name).unwrap_or(&Value::Null)
    }

    /// A property that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.property(name).as_str()
    }

    /// The text of the property `name`, or a name of CloudFormation's: `stack-logical-SUFFIX`, its first two parts
    /// shortened so that it is at most `longest` characters. Follows "Name type".
    pub fn name(&self, name: &str, longest: usize) -> String {
        self.text(name).map_or_else(|| self.generated(longest), str::to_owned)
    }

    /// A name of CloudFormation's.
    pub fn generated(&self, longest: usize) -> String {
        let room = longest.saturating_sub(self.suffix.len() + 1);
        let both = self.stack.len() + 1 + self.logical_id.len();
        let (stack, logical): (String, String) = if both <= room {
            (self.stack.to_owned(), self.logical_id.to_owned())
        } else {
            let half = room.saturating_sub(1) / 2;
            (self.stack.chars().take(half).collect(), self.logical_id.chars().take(half).collect())
        };
        let name = format!("{}-{}-{}", stack.trim_end_matches('-'), logical, self.suffix);
        name.chars().take(longest).collect()
    }

    /// The tags of the property `Tags` (a list of `Key` and `Value`) over the stack's.
    pub fn tags(&self) -> Vec<(String, String)> {
        let mut tags: Vec<(String, String)> = self.stack_tags.to_vec();
        for tag in self.property("Tags").as_array().into_iter().flatten() {
            let member = |name: &str| tag.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
            let (key, value) = (member("Key"), member("Value"));
            tags.retain(|(other, _)| *other != key);
            tags.push((key, value));
        }
        tags
    }

    /// Whether the tags of the property `Tags` or of the stack differ from what they were.
    pub fn retags(&self, before: &Value) -> bool {
        let own = self.stack_tags.iter().filter(|(key, _)| !key.starts_with("aws:"));
        self.changed(before, "Tags") || !own.eq(self.former_tags)
    }

    /// Keys of the tags that the stack had and has no more.
    pub fn former_keys(&self) -> impl Iterator<Item = &str> {
        let gone = |key: &str| !self.stack_tags.iter().any(|(other, _)| other == key);
        self.former_tags.iter().map(|(key, _)| key.as_str()).filter(move |key| gone(key))
    }

    /// Whether a property differs from what it was.
    pub fn changed(&self, before: &Value, name: &str) -> bool {
        before.get(name).unwrap_or(&Value::Null) != self.property(name)
    }
}

/// The services' operations, called with the permissions of who made the stack, or of the role it was given.
#[derive(Debug)]
pub struct Api<'s, 'w> {
    scope: &'s mut Scope<'w>,
}

impl<'s, 'w> Api<'s, 'w> {
    /// On behalf of `scope.caller`.
    pub fn new(scope: &'s mut Scope<'w>) -> Self {
        Self { scope }
    }

    /// The world to work on, for what no operation does.
    pub(crate) fn scope(&mut self) -> &mut Scope<'w> {
        self.scope
    }

    /// The world as it is.
    pub fn view(&self) -> View<'_> {
        self.scope.view()
    }

    /// Calls an operation, if IAM allows it: `api.call("ecs", "CreateCluster", json!({"clusterName": name}))`. The input is
    /// as the operation's own model spells it.
    pub fn call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, Fault> {
        iam::authorize(&self.scope.view(), service, operation, &input)?;
        match registry().operation(service, operation).map(|operation| &operation.run) {
            Some(Run::Write(write)) => write(self.scope, input),
            Some(Run::Read(read)) => read(&self.scope.view(), input),
            None => Err(Fault::new("UnknownOperationException", format!("{service}:{operation}"))),
        }
    }
}

/// What an operation that looks answers, without asking IAM: for [`Resource::settled`] and [`Resource::attributes`].
pub fn look(view: &View<'_>, service: &str, operation: &str, input: Value) -> Result<Value, Fault> {
    match registry().operation(service, operation).map(|operation| &operation.run) {
        Some(Run::Read(read)) => read(view, input),
        _ => Err(Fault::new("UnknownOperationException", format!("{service}:{operation}"))),
    }
}
