//! Dashboards: kept and given back.

use serde::Deserialize;
use serde_json::{Value, json};

use super::paged;
use crate::core::arn::arn;
use crate::core::fault::Fault;
use crate::core::time::Moment;
use crate::services::cloudwatch::fault;
use crate::services::cloudwatch::model::{Dashboard, MAX_DASHBOARDS};
use crate::world::{Scope, View};

/// Longest body, in bytes.
const MAX_BODY: usize = 64 * 1024;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Put {
    dashboard_name: String,
    dashboard_body: String,
}

pub(crate) fn put(scope: &mut Scope<'_>, input: Put) -> Result<Value, Fault> {
    let named = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let bad = |message: &str| Fault::new("DashboardInvalidInputError", message);
    if !(1..=255).contains(&input.dashboard_name.len()) || !input.dashboard_name.chars().all(named) {
        return Err(bad(
            "The value for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_).",
        ));
    }
    let body = serde_json::from_str::<Value>(&input.dashboard_body).ok().filter(Value::is_object);
    if input.dashboard_body.len() > MAX_BODY || body.is_none() {
        return Err(bad("The field DashboardBody must be a valid JSON object"));
    }
    let dashboards = &mut scope.region.cloudwatch.dashboards;
    if !dashboards.contains_key(&input.dashboard_name) && dashboards.len() >= MAX_DASHBOARDS {
        return Err(fault::limit("This practice cloud keeps 100 dashboards per region."));
    }
    let dashboard = Dashboard { body: input.dashboard_body, modified_at: scope.now };
    dashboards.insert(input.dashboard_name, dashboard);
    Ok(json!({"DashboardValidationMessages": []}))
}

fn dashboard_arn(view: &View<'_>, name: &str) -> String {
    arn("cloudwatch", "", view.account, &format!("dashboard/{name}"))
}

fn not_found(name: &str) -> Fault {
    Fault::new("DashboardNotFoundError", format!("Dashboard {name} does not exist")).with_status(404)
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Get {
    dashboard_name: String,
}

pub(crate) fn get(view: &View<'_>, input: Get) -> Result<Value, Fault> {
    let name = input.dashboard_name;
    let dashboard = view.region.cloudwatch.dashboards.get(&name).ok_or_else(|| not_found(&name))?;
    Ok(json!({
        "DashboardArn": dashboard_arn(view, &name),
        "DashboardBody": dashboard.body,
        "DashboardName": name,
    }))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct List {
    dashboard_name_prefix: Option<String>,
    next_token: Option<String>,
}

pub(crate) fn list(view: &View<'_>, input: List) -> Result<Value, Fault> {
    let prefix = input.dashboard_name_prefix.unwrap_or_default();
    let all = view.region.cloudwatch.dashboards.iter().filter(|(name, _)| name.starts_with(&prefix));
    let page = paged(all, |(name, _)| (*name).clone(), 1000, input.next_token.as_deref())?;
    let show = |(name, dashboard): (&String, &Dashboard)| {
        json!({
            "DashboardName": name,
            "DashboardArn": dashboard_arn(view, name),
            "LastModified": Moment(dashboard.modified_at),
            "Size": dashboard.body.len(),
        })
    };
    let shown: Vec<Value> = page.items.into_iter().map(show).collect();
    Ok(json!({"DashboardEntries": shown, "NextToken": page.next}))
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Delete {
    dashboard_names: Vec<String>,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: Delete) -> Result<Value, Fault> {
    let dashboards = &mut scope.region.cloudwatch.dashboards;
    if let Some(missing) = input.dashboard_names.iter().find(|name| !dashboards.contains_key(*name)) {
        return Err(not_found(missing));
    }
    dashboards.retain(|name, _| !input.dashboard_names.contains(name));
    Ok(json!({}))
}
