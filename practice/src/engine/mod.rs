//! Time passes only here. [`catch_up`] lets what is due happen, in time order, and stops at `now`; [`react`] lets the
//! services respond to a change at the moment it was made. Both are bounded.

use crate::core::time::Time;
use crate::services::registry;
use crate::world::{Caller, World};

/// Most moments handled in one call of [`catch_up`].
const MAX_MOMENTS: usize = 5_000;
/// Most rounds of reconciling at one moment; each round runs every service once.
const MAX_ROUNDS: usize = 256;

/// The next moment at which something will happen by itself, over all regions.
pub fn next_event(world: &World) -> Option<Time> {
    world.regions.keys().filter_map(|region| next_in(world, region)).min()
}

/// Lets what is due until `now` happen; false when there was so much that some is left: call it again. However often it
/// is called, moments come in the order of time, so `catch_up(t1); catch_up(t2)` comes to the same as `catch_up(t2)`.
pub fn catch_up(world: &mut World, now: Time) -> bool {
    let regions: Vec<String> = world.regions.keys().cloned().collect();
    let mut left = MAX_MOMENTS;
    for region in &regions {
        while let Some(due) = next_in(world, region).filter(|due| *due <= now) {
            if left == 0 {
                return false;
            }
            left -= 1;
            settle(world, region, due);
        }
    }
    true
}

/// Lets everything that is due until `now` happen, however long that takes.
pub fn catch_up_wholly(world: &mut World, now: Time) {
    while !catch_up(world, now) {}
}

/// Lets the services of a region respond to a change made at `now`.
pub fn react(world: &mut World, region: &str, now: Time) {
    settle(world, region, now);
}

fn settle(world: &mut World, region: &str, at: Time) {
    let caller = Caller::service();
    for _ in 0..MAX_ROUNDS {
        let changed = world.work(region, at, &caller, |scope| {
            // Every service has its turn, whether or not one before it has changed something.
            registry().services().filter(|service| (service.reconcile)(scope)).count() > 0
        });
        if !changed {
            break;
        }
    }
}

fn next_in(world: &World, region: &str) -> Option<Time> {
    world.look(region, Time(0), &Caller::service(), |view| {
        registry().services().filter_map(|service| (service.next_due)(view)).min()
    })
}
