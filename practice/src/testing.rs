//! A world to try things in, through the front door: calls as the account's root, and time that moves when told.

use serde_json::Value;

pub(crate) mod driver;

use crate::{Command, Fault, Outcome, Time, World, apply, catch_up_wholly, next_event, world::Caller};

/// One account, one region at a time, an own clock.
pub(crate) struct Lab {
    /// The account.
    pub(crate) world: World,
    /// The present moment.
    pub(crate) now: Time,
    /// Region of the next calls.
    pub(crate) region: String,
    /// Who makes the next calls.
    pub(crate) caller: Caller,
}

impl Lab {
    /// An empty account at 2026-11-21T09:12:33Z in us-east-1.
    pub(crate) fn new() -> Self {
        let world = World::new("123456789012", 1);
        let caller = Caller::root(&world.account);
        Self { world, now: Time(1_795_252_353_000), region: "us-east-1".to_owned(), caller }
    }

    /// Calls an operation; every call takes a tenth of a second.
    pub(crate) fn try_call(&mut self, service: &str, operation: &str, input: Value) -> Result<Value, Fault> {
        self.now = self.now.plus_ms(100);
        let command = Command::Call {
            service: service.to_owned(),
            operation: operation.to_owned(),
            region: self.region.clone(),
            caller: self.caller.clone(),
            input,
        };
        match apply(&mut self.world, &command, self.now) {
            Outcome::Called(result) => result,
            other => panic!("{operation} came to {other:?}"),
        }
    }

    /// Calls an operation that must succeed.
    pub(crate) fn call(&mut self, service: &str, operation: &str, input: Value) -> Value {
        self.try_call(service, operation, input).unwrap_or_else(|fault| panic!("{operation}: {fault}"))
    }

    /// Calls an operation that must be refused, and leave the world as it was; the fault's code.
    pub(crate) fn refused(&mut self, service: &str, operation: &str, input: Value) -> String {
        catch_up_wholly(&mut self.world, self.now.plus_ms(100));
        let before = self.world.regions.get(&self.region).cloned();
        match self.try_call(service, operation, input) {
            Ok(result) => panic!("{operation} was not refused: {result}"),
            Err(fault) => {
                if let Some(before) = before {
                    assert_eq!(
                        self.world.regions.get(&self.region),
                        Some(&before),
                        "{operation} left a trace"
                    );
                }
                fault.code
            }
        }
    }

    /// Lets time pass.
    pub(crate) fn advance(&mut self, seconds: i64) {
        self.now = self.now.plus_ms(seconds * 1000);
        catch_up_wholly(&mut self.world, self.now);
    }

    /// Lets time pass until nothing more is due, an hour at most.
    pub(crate) fn settle(&mut self) {
        let end = self.now.plus_ms(3_600_000);
        while let Some(due) = next_event(&self.world).filter(|due| *due <= end) {
            self.now = self.now.max(due);
            catch_up_wholly(&mut self.world, self.now);
        }
    }
}
