//! One resource towards what the template says: made, changed, or replaced.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::meaning::{Known, Meaning};
use super::model::{Before, Kept, OnFailure, Phase, ResourceStatus, Stack, State, What};
use super::schema::{self, Replacement, Schema};
use super::template::Policy;
use super::{event, policy, rolling};
use crate::core::tag::{CLOUDFORMATION, Tags};
use crate::resource::{Api, Asked, Resource, Within};
use crate::services::registry;
use crate::world::{Caller, Scope};

/// What `CloudFormation` waits for a resource at most, in milliseconds at speed 1.
const PATIENCE_MS: i64 = 3 * 3_600_000;
/// How long AWS takes at most for a change in place beyond what its service takes, in milliseconds at speed 1.
const CHANGE_MS: i64 = 10_000;

/// Works with the permissions of the stack's owner.
pub(super) fn as_owner<T>(scope: &mut Scope<'_>, owner: &Caller, act: impl FnOnce(&mut Scope<'_>) -> T) -> T {
    act(&mut Scope {
        account: scope.account,
        settings: scope.settings,
        iam: &mut *scope.iam,
        cloudtrail: scope.cloudtrail,
        region: &mut *scope.region,
        now: scope.now,
        caller: owner,
    })
}

/// What the template wants a resource to be.
struct Wanted {
    kind: String,
    properties: Value,
    metadata: Value,
    deletion: Option<Policy>,
    replaced: Option<Policy>,
    waits_for: BTreeSet<String>,
    signals: Option<(i64, i64)>,
    update_policy: Value,
}

/// Begins with a resource of the template. What comes of it: a state; a failure has been said.
pub(super) fn begin(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    meaning: &Meaning<'_>,
    logical_id: &str,
    waits_for: &BTreeSet<String>,
) -> State {
    let known = Known::now(scope.view(), &stack.resources);
    let wanted = match wanted(meaning, &known, logical_id, waits_for) {
        Ok(wanted) => wanted,
        Err((kind, reason)) => {
            let failed = if exists(stack, logical_id) {
                ResourceStatus::UpdateFailed
            } else {
                ResourceStatus::CreateFailed
            };
            keep(stack, logical_id, kind, scope);
            event::of_resource(stack, scope.now, logical_id, failed, Some(reason));
            return State::Failed;
        }
    };
    let Some(kind) = registry().resource(&wanted.kind) else { return State::Failed };
    if exists(stack, logical_id) {
        change(scope, stack, kind, logical_id, wanted)
    } else {
        keep(stack, logical_id, wanted.kind.clone(), scope);
        remember(stack, logical_id, false);
        create(scope, stack, kind, logical_id, wanted, ResourceStatus::CreateInProgress)
    }
}

fn exists(stack: &Stack, logical_id: &str) -> bool {
    stack.resources.get(logical_id).is_some_and(|kept| kept.physical_id.is_some())
}

/// An entry for a resource that is not there yet.
fn keep(stack: &mut Stack, logical_id: &str, kind: String, scope: &Scope<'_>) {
    stack.resources.entry(logical_id.to_owned()).or_insert_with(|| Kept {
        kind,
        physical_id: None,
        status: ResourceStatus::CreateInProgress,
        reason: None,
        updated: scope.now,
        properties: Value::Null,
        stack_tags: Tags::new(),
        metadata: Value::Null,
        deletion: None,
        replaced: None,
        waits_for: BTreeSet::new(),
        leaves_sizes: false,
        signals: BTreeMap::new(),
        before: None,
        drift: None,
    });
}

fn wanted(
    meaning: &Meaning<'_>,
    known: &Known<'_>,
    logical_id: &str,
    waits_for: &BTreeSet<String>,
) -> Result<Wanted, (String, String)> {
    let Some(declared) = meaning.template.resources.get(logical_id) else {
        return Err((String::new(), "The template does not have it.".to_owned()));
    };
    let failed = |reason: String| (declared.kind.clone(), reason);
    let scope = meaning.scope();
    let properties = scope.properties(logical_id, known).map_err(|fault| failed(fault.message))?;
    let properties = match schema::of(&declared.kind) {
        Some(schema) => schema.check(logical_id, &properties).map_err(failed)?,
        None => properties,
    };
    let evaluated = |value: &Value| scope.evaluate(value, known).unwrap_or_default();
    Ok(Wanted {
        kind: declared.kind.clone(),
        properties,
        metadata: evaluated(&declared.metadata),
        deletion: declared.deletion_policy,
        replaced: declared.update_replace_policy,
        waits_for: waits_for.clone(),
        signals: signals(&evaluated(&declared.creation_policy)),
        update_policy: evaluated(&declared.update_policy),
    })
}

/// How many signals a creation policy waits for, and how many milliseconds. Follows "`CreationPolicy` attribute".
fn signals(policy: &Value) -> Option<(i64, i64)> {
    let asked = policy.get("ResourceSignal")?;
    let count = asked.get("Count").map_or(Some(1), whole)?;
    let timeout = asked.get("Timeout").and_then(Value::as_str).and_then(super::duration);
    Some((count, timeout.unwrap_or(5 * 60_000)))
}

fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// During an update, what a resource was, to go back to.
fn remember(stack: &mut Stack, logical_id: &str, there: bool) {
    let updating = stack.operation.as_ref().is_some_and(|operation| operation.phase == Phase::Update);
    let Some(kept) = stack.resources.get_mut(logical_id).filter(|kept| updating && kept.before.is_none())
    else {
        return;
    };
    kept.before = Some(Box::new(Before {
        physical_id: kept.physical_id.clone().filter(|_| there),
        kind: kept.kind.clone(),
        properties: kept.properties.clone(),
        stack_tags: kept.stack_tags.clone(),
        deletion: kept.deletion,
        replaced: kept.replaced,
        waits_for: kept.waits_for.clone(),
    }));
}

/// Asks for a new resource, the first or in place of another.
fn create(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    kind: &'static dyn Resource,
    logical_id: &str,
    wanted: Wanted,
    status: ResourceStatus,
) -> State {
    let replaces = status == ResourceStatus::UpdateInProgress;
    let tags = stack.declared.tags.clone();
    if let Some(kept) = stack.resources.get_mut(logical_id) {
        kept.kind = wanted.kind;
        kept.properties = wanted.properties;
        kept.metadata = wanted.metadata;
        kept.deletion = wanted.deletion;
        kept.replaced = wanted.replaced;
        kept.waits_for = wanted.waits_for;
        kept.stack_tags = tags;
        kept.signals.clear();
    }
    let reason = replaces.then(|| {
        "Requested update requires the creation of a new physical resource; hence creating one.".to_owned()
    });
    event::of_resource(stack, scope.now, logical_id, status, reason);
    let made = asked(scope, stack, logical_id, &Tags::new(), |api, asked| kind.create(api, asked));
    match made {
        Ok(id) => {
            if let Some(kept) = stack.resources.get_mut(logical_id) {
                kept.physical_id = Some(id);
            }
            let initiated = Some("Resource creation Initiated".to_owned());
            event::of_resource(stack, scope.now, logical_id, status, initiated);
            let until = wanted.signals.filter(|_| !replaces);
            if let (Some((count, _)), Some(item)) = (until, item(stack, logical_id)) {
                item.signals = Some(count);
            }
            let properties = stack.resources.get(logical_id).map(|kept| &kept.properties);
            let own = properties.and_then(|properties| kind.patience_ms(properties));
            doing(scope, kind, What::Create, until.map(|(_, timeout)| timeout).or(own))
        }
        Err(reason) => {
            fail(scope, stack, logical_id, reason);
            State::Failed
        }
    }
}

/// The item of the operation that is about a resource.
pub(super) fn item<'s>(stack: &'s mut Stack, logical_id: &str) -> Option<&'s mut super::model::Item> {
    stack.operation.as_mut()?.items.get_mut(logical_id)
}

/// Changes a resource that is there, if there is anything to change.
fn change(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    kind: &'static dyn Resource,
    logical_id: &str,
    wanted: Wanted,
) -> State {
    let tags = stack.declared.tags.clone();
    let Some(kept) = stack.resources.get_mut(logical_id) else { return State::Failed };
    let retags = kept.stack_tags != tags && schema::of(&wanted.kind).is_some_and(Schema::takes_tags);
    if kept.properties == wanted.properties && !retags && !kind.looks_inside() {
        kept.stack_tags = tags;
        kept.metadata = wanted.metadata;
        kept.deletion = wanted.deletion;
        kept.replaced = wanted.replaced;
        kept.waits_for = wanted.waits_for;
        return State::Done;
    }
    let changes = schema::of(&wanted.kind)
        .map(|schema| schema.changes(&kept.properties, &wanted.properties))
        .unwrap_or_default();
    let others = rolling::needs_others(&wanted.kind, &kept.properties, &wanted.properties);
    let replaces = changes.iter().any(|change| change.replacement == Replacement::Always)
        || (others && rolling::replaces_group(&wanted.update_policy));
    let denied = policy_in_force(stack).and_then(|text| {
        policy::denies(
            text,
            logical_id,
            &wanted.kind,
            if replaces { "Update:Replace" } else { "Update:Modify" },
        )
    });
    if let Some(reason) = denied {
        event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateFailed, Some(reason));
        return State::Failed;
    }
    remember(stack, logical_id, true);
    if replaces {
        if let Some(name) = fixed_name(stack, logical_id, &wanted) {
            let reason = format!(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. Rename {name} and update the stack again."
            );
            event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateFailed, Some(reason));
            return State::Failed;
        }
        return create(scope, stack, kind, logical_id, wanted, ResourceStatus::UpdateInProgress);
    }
    let Some(kept) = stack.resources.get_mut(logical_id) else { return State::Failed };
    let before = std::mem::replace(&mut kept.properties, wanted.properties);
    kept.metadata = wanted.metadata;
    kept.deletion = wanted.deletion;
    kept.replaced = wanted.replaced;
    kept.waits_for = wanted.waits_for;
    let former = std::mem::replace(&mut kept.stack_tags, tags);
    kept.leaves_sizes = rolling::leaves_sizes(&wanted.kind, &wanted.update_policy);
    let id = kept.physical_id.clone().unwrap_or_default();
    let rolling = others.then(|| rolling::begin(&scope.view(), &wanted.update_policy, &id)).flatten();
    let state = update(scope, stack, kind, logical_id, (&before, &former));
    if let (Some(rolling), State::Doing { .. }) = (rolling, &state) {
        let said = rolling::announced(&rolling);
        event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateInProgress, Some(said));
        if let Some(kept) = stack.resources.get_mut(logical_id) {
            kept.signals.clear();
        }
        if let Some(item) = item(stack, logical_id) {
            item.rolling = Some(rolling);
        }
    }
    state
}

/// The stack policy that an update has to follow.
pub(super) fn policy_in_force(stack: &Stack) -> Option<&str> {
    let own = stack.operation.as_ref().and_then(|operation| operation.policy.as_deref());
    own.or(stack.policy.as_deref())
}

/// The name that the template itself gives to a resource which would have to be there twice.
fn fixed_name(stack: &Stack, logical_id: &str, wanted: &Wanted) -> Option<String> {
    let kept = stack.resources.get(logical_id)?;
    let schema = schema::of(&wanted.kind)?;
    let mut names = schema.primary_identifier();
    let name = names.next().filter(|_| names.next().is_none())?;
    let given = wanted.properties.get(name)?.as_str()?;
    (kept.properties.get(name)?.as_str()? == given).then(|| given.to_owned())
}

/// Asks for a change in place of what the entry says now.
fn update(
    scope: &mut Scope<'_>,
    stack: &mut Stack,
    kind: &'static dyn Resource,
    logical_id: &str,
    (before, former): (&Value, &Tags),
) -> State {
    event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateInProgress, None);
    let id = stack.resources.get(logical_id).and_then(|kept| kept.physical_id.clone()).unwrap_or_default();
    let whole = stack.resources.get_mut(logical_id).filter(|kept| kept.leaves_sizes).map(|kept| {
        let fewer = rolling::without_sizes(before, &kept.properties);
        std::mem::replace(&mut kept.properties, fewer)
    });
    let done = asked(scope, stack, logical_id, former, |api, asked| kind.update(api, &id, before, asked));
    if let (Some(whole), Some(kept)) = (whole, stack.resources.get_mut(logical_id)) {
        kept.properties = whole;
    }
    match done {
        Ok(()) => doing(scope, kind, What::Update, None),
        Err(reason) => {
            fail(scope, stack, logical_id, reason);
            State::Failed
        }
    }
}

/// Brings a resource back to what it was before the update.
pub(super) fn restore(scope: &mut Scope<'_>, stack: &mut Stack, logical_id: &str) -> State {
    let Some(kept) = stack.resources.get_mut(logical_id) else { return State::Done };
    let Some(before) = kept.before.as_deref().cloned() else { return State::Done };
    let Some(kind) = registry().resource(&before.kind) else { return State::Failed };
    let replaced = kept.physical_id != before.physical_id;
    let changed = std::mem::replace(&mut kept.properties, before.properties);
    kept.deletion = before.deletion;
    kept.replaced = before.replaced;
    kept.waits_for = before.waits_for;
    let former = std::mem::replace(&mut kept.stack_tags, before.stack_tags);
    // A replacement that was refused has changed nothing.
    let untouched = schema::of(&before.kind).is_some_and(|schema| {
        let differing = schema.changes(&changed, &kept.properties);
        differing.iter().any(|change| change.replacement == Replacement::Always)
    });
    if replaced || untouched {
        kept.physical_id = before.physical_id;
        event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateInProgress, None);
        event::of_resource(stack, scope.now, logical_id, ResourceStatus::UpdateComplete, None);
        return State::Done;
    }
    update(scope, stack, kind, logical_id, (&changed, &former))
}

/// Calls a resource type on behalf of the stack's owner; a refusal is a reason.
fn asked<T>(
    scope: &mut Scope<'_>,
    stack: &Stack,
    logical_id: &str,
    former: &Tags,
    act: impl FnOnce(&mut Api<'_, '_>, &Asked<'_>) -> Result<T, crate::core::fault::Fault>,
) -> Result<T, String> {
    let Some(kept) = stack.resources.get(logical_id) else { return Err(String::new()) };
    let mut tags = vec![
        (format!("{CLOUDFORMATION}stack-name"), stack.name.clone()),
        (format!("{CLOUDFORMATION}logical-id"), logical_id.to_owned()),
        (format!("{CLOUDFORMATION}stack-id"), stack.id.clone()),
    ];
    tags.extend(kept.stack_tags.iter().map(|(key, value)| (key.clone(), value.clone())));
    let former_tags: Vec<(String, String)> = former.clone().into_iter().collect();
    let suffix = scope.region.ids.base32(12);
    let asked = Asked {
        stack: &stack.name,
        stack_id: &stack.id,
        logical_id,
        properties: &kept.properties,
        stack_tags: &tags,
        former_tags: &former_tags,
        suffix: &suffix,
        within: Within {
            root_id: stack.nested.as_ref().map_or(&stack.id, |nested| &nested.root),
            capabilities: &stack.declared.capabilities,
            keeps: stack.operation.as_ref().is_some_and(|one| one.on_failure == OnFailure::DoNothing),
            restores: stack.operation.as_ref().is_some_and(|one| one.phase == Phase::UpdateRollback),
        },
    };
    let done = as_owner(scope, &stack.owner, |scope| act(&mut Api::new(scope), &asked));
    done.map_err(|fault| event::refused(&kept.kind, &fault, &mut scope.region.ids))
}

fn doing(scope: &Scope<'_>, kind: &'static dyn Resource, what: What, patience_ms: Option<i64>) -> State {
    let now = scope.now;
    let takes = if what == What::Update { kind.takes_ms().min(CHANGE_MS) } else { kind.takes_ms() };
    let ready = now.plus_ms(scope.settings.lasts(takes));
    let patience = patience_ms.unwrap_or(PATIENCE_MS);
    let until = now.plus_ms(scope.settings.lasts(patience)).max(ready);
    State::Doing { what, since: now, ready, until, due: ready, tries: 0 }
}

/// Says that a resource could not be had.
pub(super) fn fail(scope: &Scope<'_>, stack: &mut Stack, logical_id: &str, reason: String) {
    let updating =
        stack.resources.get(logical_id).is_some_and(|kept| kept.status == ResourceStatus::UpdateInProgress);
    let status = if updating { ResourceStatus::UpdateFailed } else { ResourceStatus::CreateFailed };
    event::of_resource(stack, scope.now, logical_id, status, Some(reason));
}

/// Ends what is under way because something else failed.
pub(super) fn cancel(scope: &Scope<'_>, stack: &mut Stack, logical_id: &str) {
    let updating =
        stack.resources.get(logical_id).is_some_and(|kept| kept.status == ResourceStatus::UpdateInProgress);
    let reason = if updating { "Resource update cancelled" } else { "Resource creation cancelled" };
    fail(scope, stack, logical_id, reason.to_owned());
}
