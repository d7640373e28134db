//! Logs Insights: queries are kept as they were started, and answered from what the groups hold when the result is asked
//! for. Small queries only: see [`super::super::query`].

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{invalid, no_group};
use super::super::model::{Event, Query};
use super::super::names::{self, check_group};
use super::super::query::{MAX_ROWS, Plan, discovered};
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// Queries kept; one more forgets the oldest.
const MAX_QUERIES: usize = 50;
/// Groups of a query, as in AWS.
const MAX_QUERY_GROUPS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    query_language: Option<String>,
    log_group_name: Option<String>,
    log_group_names: Option<Vec<String>>,
    log_group_identifiers: Option<Vec<String>>,
    start_time: i64,
    end_time: i64,
    query_string: String,
    limit: Option<i64>,
}

pub(crate) fn start(scope: &mut Scope<'_>, input: Asked) -> Result<Value, Fault> {
    if input.query_language.as_deref().is_some_and(|language| language != "CWLI") {
        return Err(invalid("This practice cloud knows the query language CWLI only."));
    }
    let groups: Vec<String> = match (input.log_group_name, input.log_group_names, input.log_group_identifiers)
    {
        (Some(one), None, None) => vec![one],
        (None, Some(names), None) => names,
        (None, None, Some(ids)) => ids.iter().map(|id| names::group_of(id).to_owned()).collect(),
        _ => {
            return Err(invalid(
                "Exactly one of logGroupName, logGroupNames and logGroupIdentifiers must be given.",
            ));
        }
    };
    if groups.is_empty() || groups.len() > MAX_QUERY_GROUPS {
        return Err(invalid("A query takes from 1 to 50 log groups."));
    }
    for name in &groups {
        check_group(name)?;
        scope.region.logs.groups.get(name).ok_or_else(no_group)?;
    }
    if input.start_time > input.end_time || input.query_string.len() > 10_000 {
        return Err(invalid(
            "The time range must not end before it starts; a query has at most 10000 characters.",
        ));
    }
    Plan::parse(&input.query_string)?;
    let limit = usize::try_from(input.limit.unwrap_or(10_000)).unwrap_or(0);
    if !(1..=100_000).contains(&limit) {
        return Err(invalid("limit must be from 1 to 100000."));
    }
    let id = scope.region.ids.uuid();
    let query = Query {
        groups,
        text: input.query_string,
        from: input.start_time,
        to: input.end_time,
        limit: limit.min(MAX_ROWS),
        started_at: scope.now,
    };
    let queries = &mut scope.region.logs.queries;
    if queries.len() >= MAX_QUERIES {
        let oldest = queries.iter().min_by_key(|(_, query)| query.started_at).map(|(id, _)| id.clone());
        oldest.map(|id| queries.remove(&id));
    }
    queries.insert(id.clone(), query);
    Ok(json!({"queryId": id}))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct One {
    query_id: String,
}

fn no_query() -> Fault {
    Fault::new("ResourceNotFoundException", "The specified query does not exist.")
}

pub(crate) fn stop(scope: &mut Scope<'_>, input: One) -> Result<Value, Fault> {
    scope.region.logs.queries.get(&input.query_id).ok_or_else(no_query)?;
    // Every query is complete at once.
    Err(invalid("The query is not in a running state: it has ended."))
}

/// An event with where it is from.
struct Row<'v> {
    group: &'v str,
    stream: &'v str,
    event: &'v Event,
}

impl Row<'_> {
    fn field(&self, account: &str, field: &str) -> Option<String> {
        match field {
            "@timestamp" => Some(moment(self.event.at)),
            "@ingestionTime" => Some(moment(self.event.ingested_at)),
            "@message" => Some(self.event.message.clone()),
            "@logStream" => Some(self.stream.to_owned()),
            "@log" => Some(format!("{account}:{}", self.group)),
            other => discovered(&self.event.message, other),
        }
    }
}

/// `2026-11-21 09:12:33.120`
fn moment(at: crate::Time) -> String {
    at.iso().replace('T', " ").trim_end_matches('Z').to_owned()
}

pub(crate) fn results(view: &View<'_>, input: One) -> Result<Value, Fault> {
    let query = view.region.logs.queries.get(&input.query_id).ok_or_else(no_query)?;
    let plan = Plan::parse(&query.text)?;
    let (mut scanned, mut bytes) = (0_usize, 0_usize);
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (group, kept) in query.groups.iter().filter_map(|name| view.region.logs.groups.get_key_value(name)) {
        let horizon = kept.horizon(view.now);
        for (stream, events) in &kept.streams {
            let within = |event: &&Event| (query.from..=query.to).contains(&event.at.0.div_euclid(1000));
            for event in events.kept(horizon).filter(within) {
                scanned += 1;
                bytes += event.bytes();
                let row = Row { group, stream, event };
                if plan.tests.iter().all(|test| test.holds(|field| row.field(view.account, field))) {
                    rows.push(row);
                }
            }
        }
    }
    let matched = rows.len();
    order(view, &plan, &mut rows);
    rows.truncate(plan.limit.unwrap_or(query.limit).min(query.limit));
    let cell = |field: &str, value: String| json!({"field": field, "value": value});
    let shape = |row: &Row<'_>| {
        let fields = plan.fields.iter().filter_map(|name| Some(cell(name, row.field(view.account, name)?)));
        let pointer = format!("{}:{}:{}", row.group, row.stream, row.event.serial);
        Value::Array(fields.chain([cell("@ptr", pointer)]).collect())
    };
    Ok(json!({
        "queryLanguage": "CWLI",
        "results": rows.iter().map(shape).collect::<Vec<_>>(),
        "statistics": {"recordsMatched": matched, "recordsScanned": scanned, "bytesScanned": bytes},
        "status": "Complete",
    }))
}

/// Newest first unless the query says otherwise.
fn order(view: &View<'_>, plan: &Plan, rows: &mut [Row<'_>]) {
    match &plan.sort {
        None => rows.sort_by_key(|row| std::cmp::Reverse((row.event.at, row.event.serial))),
        Some((field, grows)) => {
            rows.sort_by_cached_key(|row| {
                let text = row.field(view.account, field).unwrap_or_default();
                // Numbers by value: shifted to a text that sorts like them.
                let number = text.parse::<f64>().ok().filter(|number| number.abs() < 1e15);
                number.map_or(text, |number| format!("{:032.6}", number + 1e15))
            });
            if !grows {
                rows.reverse();
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Describe {
    log_group_name: Option<String>,
    status: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let fits = |query: &Query| {
        input.log_group_name.as_ref().is_none_or(|name| query.groups.contains(name))
            && input.status.as_deref().is_none_or(|status| status == "Complete")
    };
    let mut found: Vec<(&String, &Query)> =
        view.region.logs.queries.iter().filter(|(_, query)| fits(query)).collect();
    found.sort_by_key(|(_, query)| std::cmp::Reverse(query.started_at));
    let shape = |(id, query): (&String, &Query)| {
        json!({
            "queryLanguage": "CWLI",
            "queryId": id,
            "queryString": query.text,
            "status": "Complete",
            "createTime": query.started_at,
            "logGroupName": query.groups.first(),
        })
    };
    Ok(json!({"queries": found.into_iter().map(shape).collect::<Vec<_>>()}))
}

#[derive(Deserialize)]
pub(crate) struct Nothing {}

/// None can be made here.
pub(crate) fn definitions(_: &View<'_>, _: Nothing) -> Result<Value, Fault> {
    Ok(json!({"queryDefinitions": []}))
}
