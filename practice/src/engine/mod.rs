//! Time passes only here. [`catch_up`] lets everything that is due happen, in time order, and stops at `now`;
//! [`react`] lets the services respond to a change at the moment it was made. Both are bounded.

use crate::core::time::Time;
use crate::services::registry;
use crate::world::{Caller, World};

/// Most moments handled in one catch-up of one region. A world that needs more is caught up by the next look.
const MAX_MOMENTS: usize = 100_000;
/// Most rounds of reconciling at one moment; each round runs every service once.
const MAX_ROUNDS: usize = 256;

/// The next moment at which something will happen by itself, over all regions.
pub fn next_event(world: &World) -> Option<Time> {
    world.regions.keys().filter_map(|region| next_in(world, region)).min()
}

/// Lets everything that is due until `now` happen. `catch_up(t1); catch_up(t2)` equals `catch_up(t2)`.
pub fn catch_up(world: &mut World, now: Time) {
    let regions: Vec<String> = world.regions.keys().cloned().collect();
    for region in &regions {
        for _ in 0..MAX_MOMENTS {
            match next_in(world, region) {
                Some(due) if due <= now => settle(world, region, due),
                _ => break,
            }
        }
    }
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
