//! CloudFormation's answers, and `CloudTrail`'s about it.

use super::network::put;
use super::{Put, fact, too_many};
use crate::check::facts::{Change, ChangeSet, Difference, Drift, Refusal, Stack, StackEvent, StackResource};
use crate::cloud::thin::xml::Element;
use crate::cloud::thin::{Form, Query, form};
use crate::cloud::{Cloud, Trouble};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// Pages of one list: of events a hundred each.
const MOST_PAGES: usize = 6;
/// Refused requests of one kind that are looked at.
const MOST_REFUSALS: usize = 10;

/// When a text says so, in seconds since 1970.
pub(super) fn seconds(text: &str) -> Option<i64> {
    DateTime::from_str(text, Format::DateTime).ok().map(|at| at.secs())
}

fn pairs(of: &Element, list: &str, key: &str, value: &str) -> BTreeMap<String, String> {
    of.members(list).map(|pair| (pair.string(key), pair.string(value))).collect()
}

/// `Stack with id demo does not exist`: AWS has no code of its own for it.
fn is_missing(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Other(said) if said.starts_with("ChangeSetNotFound")
        || (said.starts_with("ValidationError") && said.contains("does not exist")))
}

/// All pages of a list of a stack; none where there is no such stack.
async fn pages(
    query: &Query,
    action: &str,
    asked: &Form,
    list: &str,
) -> Result<Option<Vec<Element>>, Trouble> {
    let mut all = Vec::new();
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut page = asked.clone();
        page.extend(token.take().map(|token| ("NextToken".to_owned(), token)));
        let answer = match query.call(action, page).await {
            Err(trouble) if is_missing(&trouble) => return Ok(None),
            other => other?,
        };
        let result = answer.child(&format!("{action}Result")).cloned().unwrap_or_default();
        all.extend(result.members(list).cloned());
        token = result.maybe("NextToken");
        if token.is_none() {
            break;
        }
    }
    Ok(Some(all))
}

pub(super) async fn stack(cloud: &Cloud, name: String) -> Put {
    let asked = form(&[("StackName", &name)]);
    let answer = pages(cloud.cloudformation.query(), "DescribeStacks", &asked, "Stacks").await;
    let answer = fact(answer.map(|all| all.and_then(|all| all.first().map(read))));
    put(move |facts| {
        facts.stacks.insert(name, answer);
    })
}

fn read(of: &Element) -> Stack {
    Stack {
        id: of.string("StackId"),
        name: of.string("StackName"),
        status: of.string("StackStatus"),
        reason: of.maybe("StackStatusReason"),
        parameters: pairs(of, "Parameters", "ParameterKey", "ParameterValue"),
        outputs: pairs(of, "Outputs", "OutputKey", "OutputValue"),
        termination_protection: of.is_true("EnableTerminationProtection"),
        drift: of.string("DriftInformation.StackDriftStatus"),
        drift_checked_at: seconds(of.text("DriftInformation.LastCheckTimestamp")),
        created_at: seconds(of.text("CreationTime")),
        updated_at: seconds(of.text("LastUpdatedTime")),
    }
}

pub(super) async fn stack_names(cloud: &Cloud) -> Put {
    let answer = pages(cloud.cloudformation.query(), "DescribeStacks", &Form::new(), "Stacks").await;
    let names = |all: Option<Vec<Element>>| {
        all.unwrap_or_default().iter().map(|of| of.string("StackName")).collect::<Vec<_>>()
    };
    put(move |facts| facts.stack_names = Some(fact(answer.map(names))))
}

/// A list of a stack of that name, or else of the one that was deleted last.
async fn of_stack(cloud: &Cloud, action: &str, name: &str, list: &str) -> Result<Vec<Element>, Trouble> {
    let query = cloud.cloudformation.query();
    if let Some(all) = pages(query, action, &form(&[("StackName", name)]), list).await? {
        return Ok(all);
    }
    let deleted = form(&[("StackStatusFilter.member.1", "DELETE_COMPLETE")]);
    let gone = pages(query, "ListStacks", &deleted, "StackSummaries").await?.unwrap_or_default();
    let newest = gone
        .iter()
        .filter(|of| of.text("StackName") == name)
        .max_by_key(|of| seconds(of.text("DeletionTime")));
    let Some(newest) = newest else { return Ok(Vec::new()) };
    let asked = form(&[("StackName", newest.text("StackId"))]);
    Ok(pages(query, action, &asked, list).await?.unwrap_or_default())
}

pub(super) async fn resources(cloud: &Cloud, name: String) -> Put {
    let answer = of_stack(cloud, "ListStackResources", &name, "StackResourceSummaries").await;
    let read = |of: &Element| StackResource {
        logical_id: of.string("LogicalResourceId"),
        physical_id: of.string("PhysicalResourceId"),
        kind: of.string("ResourceType"),
        status: of.string("ResourceStatus"),
    };
    let answer = fact(answer.map(|all| all.iter().map(read).collect()));
    put(move |facts| {
        facts.stack_resources.insert(name, answer);
    })
}

pub(super) async fn events(cloud: &Cloud, name: String) -> Put {
    let answer = of_stack(cloud, "DescribeStackEvents", &name, "StackEvents").await;
    let read = |of: &Element| StackEvent {
        at: seconds(of.text("Timestamp")),
        logical_id: of.string("LogicalResourceId"),
        physical_id: of.string("PhysicalResourceId"),
        kind: of.string("ResourceType"),
        status: of.string("ResourceStatus"),
        reason: of.maybe("ResourceStatusReason"),
    };
    let answer = fact(answer.map(|all| all.iter().map(read).collect()));
    put(move |facts| {
        facts.stack_events.insert(name, answer);
    })
}

/// Defaults of the parameters of the template that a stack has.
pub(super) async fn defaults(cloud: &Cloud, name: String) -> Put {
    let asked = form(&[("StackName", &name)]);
    let answer = cloud.cloudformation.query().call("GetTemplateSummary", asked).await;
    let read = |answer: &Element| {
        let result = answer.child("GetTemplateSummaryResult").cloned().unwrap_or_default();
        result
            .members("Parameters")
            .filter_map(|of| Some((of.string("ParameterKey"), of.maybe("DefaultValue")?)))
            .collect()
    };
    let answer = fact(answer.as_ref().map(read).map_err(Clone::clone));
    put(move |facts| {
        facts.stack_defaults.insert(name, answer);
    })
}

pub(super) async fn drifts(cloud: &Cloud, name: String) -> Put {
    let asked = form(&[
        ("StackName", &name),
        ("StackResourceDriftStatusFilters.member.1", "MODIFIED"),
        ("StackResourceDriftStatusFilters.member.2", "DELETED"),
    ]);
    let query = cloud.cloudformation.query();
    let answer = pages(query, "DescribeStackResourceDrifts", &asked, "StackResourceDrifts").await;
    let answer = fact(answer.map(|all| all.unwrap_or_default().iter().map(drift).collect()));
    put(move |facts| {
        facts.stack_drifts.insert(name, answer);
    })
}

fn drift(of: &Element) -> Drift {
    let differences = of.members("PropertyDifferences").map(|one| Difference {
        path: one.string("PropertyPath"),
        expected: one.string("ExpectedValue"),
        actual: one.string("ActualValue"),
    });
    Drift {
        logical_id: of.string("LogicalResourceId"),
        status: of.string("StackResourceDriftStatus"),
        differences: differences.collect(),
    }
}

pub(super) async fn change_set(cloud: &Cloud, stack: String, name: String) -> Put {
    let answer = fact(all_of_change_set(cloud, &stack, &name).await);
    put(move |facts| {
        facts.change_sets.entry(stack).or_default().insert(name, answer);
    })
}

async fn all_of_change_set(cloud: &Cloud, stack: &str, name: &str) -> Result<Option<ChangeSet>, Trouble> {
    let asked = form(&[("StackName", stack), ("ChangeSetName", name)]);
    let mut found: Option<ChangeSet> = None;
    let mut token: Option<String> = None;
    for _ in 0..MOST_PAGES {
        let mut page = asked.clone();
        page.extend(token.take().map(|token| ("NextToken".to_owned(), token)));
        let answer = match cloud.cloudformation.query().call("DescribeChangeSet", page).await {
            Err(trouble) if is_missing(&trouble) => return Ok(None),
            other => other?,
        };
        let result = answer.child("DescribeChangeSetResult").cloned().unwrap_or_default();
        let changes =
            result.members("Changes").filter_map(|of| of.child("ResourceChange")).map(|of| Change {
                action: of.string("Action"),
                logical_id: of.string("LogicalResourceId"),
                replacement: of.string("Replacement"),
            });
        found
            .get_or_insert_with(|| ChangeSet {
                status: result.string("Status"),
                reason: result.maybe("StatusReason"),
                execution: result.string("ExecutionStatus"),
                parameters: pairs(&result, "Parameters", "ParameterKey", "ParameterValue"),
                changes: Vec::new(),
                created_at: seconds(result.text("CreationTime")),
            })
            .changes
            .extend(changes);
        token = result.maybe("NextToken");
        if token.is_none() {
            return Ok(found);
        }
    }
    Err(too_many("changes"))
}

/// By the services' own word, whatever CloudFormation says.
pub(super) async fn inventory(cloud: &Cloud, name: String) -> Put {
    let answer = fact(crate::inventory::gather::of_stack(cloud, &name).await);
    put(move |facts| {
        facts.inventories.insert(name, answer);
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct TrailEvent {
    event_time: f64,
    event_name: String,
    #[serde(rename = "CloudTrailEvent")]
    record: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrailRecord {
    error_code: Option<String>,
    error_message: Option<String>,
    request_parameters: Option<TrailParameters>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct TrailParameters {
    stack_name: Option<String>,
}

/// The refused requests that were to create or update a stack. On AWS they are there some minutes later.
pub(super) async fn refusals(cloud: &Cloud) -> Put {
    let mut all: Vec<Refusal> = Vec::new();
    let mut trouble = None;
    for operation in ["CreateStack", "UpdateStack", "CreateChangeSet"] {
        let asked = json!({
            "LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": operation}],
            "MaxResults": MOST_REFUSALS,
        });
        match cloud.cloudtrail.call("LookupEvents", &asked).await {
            Ok(mut page) => {
                let events = page.get_mut("Events").map(serde_json::Value::take).unwrap_or_default();
                let events: Vec<TrailEvent> = serde_json::from_value(events).unwrap_or_default();
                all.extend(events.into_iter().filter_map(refusal));
            }
            Err(other) => trouble = Some(other),
        }
    }
    all.sort_by_key(|refusal| std::cmp::Reverse(refusal.at));
    put(move |facts| facts.refusals = Some(fact(trouble.map_or(Ok(all), Err))))
}

fn refusal(of: TrailEvent) -> Option<Refusal> {
    let record: TrailRecord = serde_json::from_str(&of.record).ok()?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds")]
    let at = of.event_time as i64;
    Some(Refusal {
        at,
        operation: of.event_name,
        stack: record.request_parameters.and_then(|parameters| parameters.stack_name),
        code: record.error_code?,
        message: record.error_message.unwrap_or_default(),
    })
}
