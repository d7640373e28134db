//! Which resource waits for which.

use std::collections::{BTreeMap, BTreeSet};

use super::check::{circular, unresolved, values};
use super::model::{Resource, Template};
use super::reference::{Branches, Found, resource_of, walk};
use crate::core::fault::Fault;

/// Which resource waits for which. Only resources whose condition holds are in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    /// Each resource with those that must be there before it. Deletion goes the other way round.
    pub waits_for: BTreeMap<String, BTreeSet<String>>,
}

impl Template {
    /// Which resource waits for which, of those whose condition holds: by `Ref`, `Fn::GetAtt` and `Fn::Sub` of the branches
    /// that are taken, and by `DependsOn`. Refuses a name of a resource that there will not be, and circles.
    pub fn graph(&self, conditions: &BTreeMap<String, bool>) -> Result<Graph, Fault> {
        let holds = |condition: &Option<String>| {
            condition.as_ref().is_none_or(|name| conditions.get(name) == Some(&true))
        };
        let made: BTreeSet<&str> = self
            .resources
            .iter()
            .filter(|(_, resource)| holds(&resource.condition))
            .map(|(id, _)| id.as_str())
            .collect();
        let branches = Branches::Taken(conditions);
        let mut graph = Graph::default();
        let mut missing = BTreeSet::new();
        for (id, resource) in self.resources.iter().filter(|(id, _)| made.contains(id.as_str())) {
            let needed = needs(self, resource, branches)?;
            missing.extend(needed.iter().copied().filter(|other| !made.contains(other)));
            let stated = resource.depends_on.iter().map(String::as_str);
            let waits = needed.into_iter().chain(stated).filter(|other| made.contains(other));
            graph.waits_for.insert(id.clone(), waits.map(str::to_owned).collect());
        }
        if !missing.is_empty() {
            return Err(unresolved(&missing, "Resources"));
        }
        for output in self.outputs.values().filter(|output| holds(&output.condition)) {
            let mut needed = BTreeSet::new();
            for value in std::iter::once(&output.value).chain(&output.export) {
                referred(self, value, branches, &mut needed)?;
            }
            missing.extend(needed.into_iter().filter(|other| !made.contains(other)));
        }
        if !missing.is_empty() {
            return Err(unresolved(&missing, "Outputs"));
        }
        let circle = graph.circle();
        if circle.is_empty() { Ok(graph) } else { Err(circular(&circle)) }
    }
}

/// The references that hold whatever the conditions are.
pub(super) fn unconditional(template: &Template) -> Result<BTreeMap<String, BTreeSet<String>>, Fault> {
    let waits = |resource| {
        let mut all: BTreeSet<String> =
            needs(template, resource, Branches::None)?.into_iter().map(str::to_owned).collect();
        all.extend(resource.depends_on.iter().cloned());
        Ok(all)
    };
    template.resources.iter().map(|(id, resource)| Ok((id.clone(), waits(resource)?))).collect()
}

fn needs<'v>(
    template: &'v Template,
    resource: &'v Resource,
    branches: Branches<'_>,
) -> Result<BTreeSet<&'v str>, Fault> {
    let mut needed = BTreeSet::new();
    for value in values(resource) {
        referred(template, value, branches, &mut needed)?;
    }
    Ok(needed)
}

/// Adds the resources that a value refers to.
fn referred<'v>(
    template: &'v Template,
    value: &'v serde_json::Value,
    branches: Branches<'_>,
    needed: &mut BTreeSet<&'v str>,
) -> Result<(), Fault> {
    walk(value, template.extended(), branches, &mut |found| {
        match found {
            Found::Name(name) if template.resources.contains_key(name) => {
                needed.insert(name);
            }
            Found::Attribute(resource) => {
                needed.insert(resource);
            }
            Found::Path(path) => {
                needed.insert(resource_of(path));
            }
            _ => {}
        }
        Ok(())
    })
}

impl Graph {
    /// The resources, each after those it waits for; those that could begin together in alphabetical order.
    pub fn order(&self) -> Vec<&str> {
        self.sorted().0
    }

    /// Those that wait for it: what must be gone before it is deleted.
    pub fn needed_by(&self, logical_id: &str) -> Vec<&str> {
        let waiting = self.waits_for.iter().filter(|(_, needed)| needed.contains(logical_id));
        waiting.map(|(id, _)| id.as_str()).collect()
    }

    /// The resources that are in circles, or between two of them.
    pub(super) fn circle(&self) -> Vec<&str> {
        let (_, left) = self.sorted();
        // Of what could not be sorted, those that nothing unsorted waits for are only behind a circle.
        let rest: BTreeMap<String, BTreeSet<String>> = left
            .iter()
            .map(|id| {
                let behind = left
                    .iter()
                    .filter(|other| self.waits_for.get(**other).is_some_and(|needed| needed.contains(*id)));
                ((*id).to_owned(), behind.map(|other| (*other).to_owned()).collect())
            })
            .collect();
        let behind = Self { waits_for: rest };
        let circle: BTreeSet<&str> = behind.sorted().1.into_iter().collect();
        left.into_iter().filter(|id| circle.contains(id)).collect()
    }

    /// What can be sorted, in order, and the rest.
    fn sorted(&self) -> (Vec<&str>, Vec<&str>) {
        let mut before: BTreeMap<&str, usize> = BTreeMap::new();
        let mut after: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (id, needed) in &self.waits_for {
            let inside = needed.iter().filter(|other| self.waits_for.contains_key(*other));
            before.insert(id, inside.clone().count());
            for other in inside {
                after.entry(other).or_default().push(id);
            }
        }
        let mut ready: BTreeSet<&str> =
            before.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
        let mut order = Vec::new();
        while let Some(id) = ready.pop_first() {
            before.remove(id);
            order.push(id);
            for next in after.get(id).into_iter().flatten() {
                if let Some(count) = before.get_mut(next) {
                    *count -= 1;
                    if *count == 0 {
                        ready.insert(next);
                    }
                }
            }
        }
        (order, before.into_keys().collect())
    }
}
