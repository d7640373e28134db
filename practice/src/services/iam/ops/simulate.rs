//! `SimulatePrincipalPolicy`: what a user's or role's policies say, without making the call.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::check;
use super::super::fault;
use super::super::policy::{Ask, Context, Decision, Source, Subject};
use crate::core::fault::Fault;
use crate::world::View;

/// Most actions times resources in one request.
const MAX_RESULTS: usize = 1000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SimulateIn {
    policy_source_arn: String,
    action_names: Vec<String>,
    #[serde(default)]
    resource_arns: Vec<String>,
    #[serde(default)]
    context_entries: Vec<Entry>,
    marker: Option<String>,
    max_items: Option<i64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    context_key_name: String,
    #[serde(default)]
    context_key_values: Vec<String>,
}

pub(crate) fn simulate(view: &View<'_>, input: SimulateIn) -> Result<Value, Fault> {
    let name = input.policy_source_arn.rsplit('/').next().unwrap_or_default();
    let source = &input.policy_source_arn;
    let role = view.iam.role_by_arn(source).map(Subject::role);
    let user = view.iam.user(name).filter(|user| user.arn == *source);
    let group = view.iam.group(name).filter(|group| group.arn == *source);
    let subject = role
        .or_else(|| user.map(|user| Subject::user(view.iam, user)))
        .or_else(|| group.map(|group| Subject { own: vec![&group.policies], ..Subject::default() }));
    let subject = subject.ok_or_else(|| {
        let shown: String = input.policy_source_arn.chars().take(256).collect();
        fault::no_such_entity(format!("The entity with ARN {shown} cannot be found."))
    })?;
    let resources = if input.resource_arns.is_empty() { vec!["*".to_owned()] } else { input.resource_arns };
    if input.action_names.len().saturating_mul(resources.len()) > MAX_RESULTS {
        return Err(fault::invalid_input("Too many actions and resources to simulate."));
    }
    if let Some(bad) = input.action_names.iter().find(|action| !action.contains(':')) {
        let shown: String = bad.chars().take(128).collect();
        return Err(fault::invalid_input(format!("Invalid Entity Action: {shown}.")));
    }
    let context: Context = input
        .context_entries
        .into_iter()
        .map(|entry| (entry.context_key_name.to_lowercase(), entry.context_key_values))
        .collect();
    let pairs =
        input.action_names.iter().flat_map(|action| resources.iter().map(move |resource| (action, resource)));
    let pairs: Vec<(usize, (&String, &String))> = pairs.enumerate().collect();
    let page = check::page(pairs, |(at, _)| format!("{at:06}"), input.marker.as_deref(), input.max_items)?;
    let in_force = subject.in_force(view.iam);
    let result = |(_, (action, resource)): (usize, (&String, &String))| {
        let (decision, within) = match in_force.decide(&Ask { action, resource, context: &context }) {
            Decision::Allowed => ("allowed", true),
            Decision::DeniedExplicitly(source) => ("explicitDeny", source != Source::Boundary),
            Decision::DeniedByDefault(source) => ("implicitDeny", source != Source::Boundary),
        };
        let boundary = subject.boundary.map(|_| json!({"AllowedByPermissionsBoundary": within}));
        json!({
            "EvalActionName": action, "EvalResourceName": resource, "EvalDecision": decision,
            "MatchedStatements": [], "MissingContextValues": [],
            "PermissionsBoundaryDecisionDetail": boundary,
        })
    };
    let results: Vec<Value> = page.items.into_iter().map(result).collect();
    Ok(json!({"EvaluationResults": results, "IsTruncated": page.next.is_some(), "Marker": page.next}))
}
