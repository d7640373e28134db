//! Drives a resource type by hand, as `CloudFormation` does: properties are checked by their schema, time passes until it
//! is settled, and what it says of itself can be asked.

use serde_json::{Map, Value};

use super::Lab;
use crate::core::fault::Fault;
use crate::resource::{Actual, Api, Asked, Resource, Settled};
use crate::services::cloudformation::schema;
use crate::services::registry;
use crate::world::{Scope, View};
use crate::{catch_up_wholly, engine, next_event};

/// Name of the stack that everything is made for.
pub(crate) const STACK: &str = "demo";
const STACK_ID: &str =
    "arn:aws:cloudformation:us-east-1:123456789012:stack/demo/11111111-2222-3333-4444-555555555555";
/// Longest that anything may take to settle.
const PATIENCE_MS: i64 = 4 * 3_600_000;

/// A world with a stack's worth of resources.
pub(crate) struct Driver {
    /// The world.
    pub(crate) lab: Lab,
    /// How many were made; makes names differ.
    made: u32,
}

/// One resource.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    /// Its type.
    pub(crate) type_name: &'static str,
    /// Its physical id.
    pub(crate) id: String,
    /// Its properties.
    pub(crate) properties: Value,
    /// `Thing1`.
    pub(crate) logical_id: String,
    suffix: String,
}

impl Driver {
    /// An empty account.
    pub(crate) fn new() -> Self {
        Self { lab: Lab::new(), made: 0 }
    }

    /// Makes one and waits until it is settled; a failure to settle is the fault `NotStabilized`.
    pub(crate) fn try_create(&mut self, type_name: &'static str, properties: &Value) -> Result<Made, Fault> {
        self.made += 1;
        let logical_id = format!("Thing{}", self.made);
        let checked = schema_of(type_name).check(&logical_id, properties);
        let properties = checked.unwrap_or_else(|wrong| panic!("{type_name}: {wrong}"));
        let suffix = format!("{:012}", self.made);
        let mut made = Made { type_name, id: String::new(), properties, logical_id, suffix };
        made.id = self.act(|scope| {
            resource(type_name).create(&mut Api::new(scope), &asked(&made, &made.properties, &tags(&made)))
        })?;
        self.wait(|view| resource(type_name).settled(view, &made.id, &made.properties))?;
        Ok(made)
    }

    /// Makes one, which must work.
    pub(crate) fn create(&mut self, type_name: &'static str, properties: &Value) -> Made {
        self.try_create(type_name, properties).unwrap_or_else(|fault| panic!("{type_name}: {fault}"))
    }

    /// Changes it in place and waits until it is settled.
    pub(crate) fn try_update(&mut self, made: &mut Made, properties: &Value) -> Result<(), Fault> {
        let checked = schema_of(made.type_name).check(&made.logical_id, properties);
        let properties = checked.unwrap_or_else(|wrong| panic!("{}: {wrong}", made.type_name));
        let it = made.clone();
        self.act(|scope| {
            let tags = tags(&it);
            let asked = asked(&it, &properties, &tags);
            resource(it.type_name).update(&mut Api::new(scope), &it.id, &it.properties, &asked)
        })?;
        self.wait(|view| resource(it.type_name).settled(view, &it.id, &properties))?;
        made.properties = properties;
        Ok(())
    }

    /// Changes it, which must work.
    pub(crate) fn update(&mut self, made: &mut Made, properties: &Value) {
        let name = made.type_name;
        self.try_update(made, properties).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    }

    /// Removes it and waits until it has gone.
    pub(crate) fn try_delete(&mut self, made: &Made) -> Result<(), Fault> {
        let type_name = made.type_name;
        self.act(|scope| resource(type_name).delete(&mut Api::new(scope), &made.id, &made.properties))?;
        self.wait(|view| resource(type_name).gone(view, &made.id))
    }

    /// Removes it, and once more: what is gone is no fault.
    pub(crate) fn delete(&mut self, made: &Made) {
        for _ in 0..2 {
            self.try_delete(made).unwrap_or_else(|fault| panic!("{}: {fault}", made.type_name));
        }
    }

    /// What `Ref` comes to.
    pub(crate) fn reference(&self, made: &Made) -> String {
        self.look(|view| resource(made.type_name).reference(view, &made.id))
    }

    /// What `Fn::GetAtt` comes to. All attributes that are there must be ones that the schema has.
    pub(crate) fn attribute(&self, made: &Made, name: &str) -> Value {
        let mut all: Map<String, Value> =
            self.look(|view| resource(made.type_name).attributes(view, &made.id, &made.properties));
        let known = schema_of(made.type_name).attributes();
        for name in all.keys() {
            assert!(known.contains(name), "{} has no attribute {name}: {known:?}", made.type_name);
        }
        all.remove(name).unwrap_or_else(|| panic!("{}: no {name} in {all:?}", made.type_name))
    }

    /// Its properties as they are now.
    pub(crate) fn actual(&self, made: &Made) -> Actual {
        self.look(|view| resource(made.type_name).actual(view, &made.id))
    }

    /// From now on as a user of this name with this policy.
    pub(crate) fn be_user(&mut self, name: &str, policy: &str) {
        use serde_json::json;
        self.lab.call("iam", "CreateUser", json!({"UserName": name}));
        let policy = json!({"UserName": name, "PolicyName": "p", "PolicyDocument": policy});
        self.lab.call("iam", "PutUserPolicy", policy);
        self.lab.caller.arn = format!("arn:aws:iam::123456789012:user/{name}");
        name.clone_into(&mut self.lab.caller.user_id);
        self.lab.caller.principal = crate::world::Principal::User(name.to_owned());
    }

    /// Looks at the world.
    pub(crate) fn look<T>(&self, see: impl FnOnce(&View<'_>) -> T) -> T {
        self.lab.world.look(&self.lab.region, self.lab.now, &self.lab.caller, see)
    }

    fn act<T>(&mut self, act: impl FnOnce(&mut Scope<'_>) -> T) -> T {
        let lab = &mut self.lab;
        lab.now = lab.now.plus_ms(100);
        catch_up_wholly(&mut lab.world, lab.now);
        let result = lab.world.work(&lab.region, lab.now, &lab.caller, act);
        engine::react(&mut lab.world, &lab.region, lab.now);
        result
    }

    fn wait(&mut self, settled: impl Fn(&View<'_>) -> Settled) -> Result<(), Fault> {
        let end = self.lab.now.plus_ms(PATIENCE_MS);
        loop {
            match self.look(&settled) {
                Settled::Yes => return Ok(()),
                Settled::Failed(why) => return Err(Fault::new("NotStabilized", why)),
                Settled::NotYet => {}
            }
            let Some(due) = next_event(&self.lab.world).filter(|due| *due <= end) else {
                panic!("nothing will happen any more, and it is not settled");
            };
            self.lab.now = self.lab.now.max(due);
            catch_up_wholly(&mut self.lab.world, self.lab.now);
        }
    }
}

fn resource(type_name: &str) -> &'static dyn Resource {
    registry().resource(type_name).unwrap_or_else(|| panic!("{type_name} is not offered"))
}

fn schema_of(type_name: &str) -> &'static schema::Schema {
    schema::of(type_name).unwrap_or_else(|| panic!("{type_name} has no schema"))
}

fn tags(made: &Made) -> Vec<(String, String)> {
    let own = [("stack-name", STACK), ("stack-id", STACK_ID), ("logical-id", &made.logical_id)];
    own.map(|(name, value)| (format!("aws:cloudformation:{name}"), value.to_owned())).to_vec()
}

fn asked<'a>(made: &'a Made, properties: &'a Value, stack_tags: &'a [(String, String)]) -> Asked<'a> {
    Asked {
        within: crate::resource::Within::default(),
        stack: STACK,
        stack_id: STACK_ID,
        logical_id: &made.logical_id,
        properties,
        stack_tags,
        former_tags: &[],
        suffix: &made.suffix,
    }
}
