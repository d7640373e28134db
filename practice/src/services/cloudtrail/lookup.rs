//! `LookupEvents`.
#![expect(
    clippy::needless_pass_by_value,
    clippy::struct_field_names,
    reason = "the shape of a handler, AWS's names"
)]

use serde::Deserialize;
use serde_json::{Value, json};

use super::model::Refused;
use crate::core::fault::Fault;
use crate::core::id::mix;
use crate::core::page::page;
use crate::core::time::Epoch;
use crate::world::View;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct Lookup {
    #[serde(default)]
    lookup_attributes: Vec<Attribute>,
    start_time: Option<f64>,
    end_time: Option<f64>,
    event_category: Option<String>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Attribute {
    attribute_key: String,
    attribute_value: String,
}

/// `LookupEvents`, newest first.
pub(super) fn events(view: &View<'_>, input: Lookup) -> Result<Value, Fault> {
    let limit = match input.max_results {
        None => 50,
        Some(limit @ 1..=50) => usize::try_from(limit).unwrap_or(50),
        Some(_) => {
            let message = "Max results must be between 1 and 50 inclusive.";
            return Err(Fault::new("InvalidMaxResultsException", message));
        }
    };
    if input.event_category.is_some() {
        // The only category is that of Insights events, of which there are none here.
        return Ok(json!({"Events": []}));
    }
    if input.start_time.zip(input.end_time).is_some_and(|(start, end)| start > end) {
        let message = "The start time must be before the end time.";
        return Err(Fault::new("InvalidTimeRangeException", message));
    }
    if input.lookup_attributes.len() > 1 {
        let message = "You can only specify one lookup attribute at a time.";
        return Err(Fault::new("InvalidLookupAttributesException", message));
    }
    if let Some(of) = input.lookup_attributes.first().filter(|of| !KEYS.contains(&of.attribute_key.as_str()))
    {
        let message = format!("Invalid lookup attribute key: {}.", of.attribute_key);
        return Err(Fault::new("InvalidLookupAttributesException", message));
    }
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this age are exact")]
    let seconds = |refused: &Refused| refused.at.0 as f64 / 1000.0;
    let wanted = view.cloudtrail.refused.iter().filter(|refused| {
        refused.region == view.region.name
            && input.start_time.is_none_or(|start| seconds(refused) >= start)
            && input.end_time.is_none_or(|end| seconds(refused) <= end)
            && input.lookup_attributes.iter().all(|of| is_of(refused, of))
    });
    // Newest first, and a key that grows from one page to the next.
    let page =
        page(wanted, |one| format!("{:020}", u64::MAX - one.number), limit, input.next_token.as_deref())
            .map_err(|_| Fault::new("InvalidNextTokenException", "The next token is not valid."))?;
    let events: Vec<Value> = page.items.into_iter().map(|one| event(view, one)).collect();
    let mut answer = json!({"Events": events});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

const KEYS: [&str; 8] = [
    "EventId",
    "EventName",
    "ReadOnly",
    "Username",
    "ResourceType",
    "ResourceName",
    "EventSource",
    "AccessKeyId",
];

fn is_of(refused: &Refused, of: &Attribute) -> bool {
    let value = of.attribute_value.as_str();
    match of.attribute_key.as_str() {
        "EventName" => refused.operation == value,
        "EventSource" => source(refused) == value,
        "Username" => username(refused) == value,
        "ReadOnly" => value == "false",
        "EventId" => id(refused) == value,
        "ResourceName" => refused.stack.as_deref() == Some(value),
        "ResourceType" => refused.stack.is_some() && value == "AWS::CloudFormation::Stack",
        _ => false,
    }
}

fn source(refused: &Refused) -> String {
    format!("{}.amazonaws.com", refused.service)
}

fn username(refused: &Refused) -> &str {
    refused.caller.rsplit(['/', ':']).next().unwrap_or_default()
}

/// A UUID that follows from what it names.
fn id(refused: &Refused) -> String {
    let first = mix(refused.number ^ refused.at.0.unsigned_abs());
    let digits = format!("{first:016x}{:016x}", mix(first));
    let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
    format!("{}-{}-4{}-8{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}

fn event(view: &View<'_>, of: &Refused) -> Value {
    let parameters = of.stack.as_ref().map(|name| json!({"stackName": name}));
    let record = json!({
        "eventVersion": "1.11",
        "userIdentity": {"arn": of.caller, "accountId": view.account},
        "eventTime": of.at.iso(),
        "eventSource": source(of),
        "eventName": of.operation,
        "awsRegion": of.region,
        "errorCode": of.code,
        "errorMessage": of.message,
        "requestParameters": parameters,
        "responseElements": null,
        "eventID": id(of),
        "readOnly": false,
        "eventType": "AwsApiCall",
        "managementEvent": true,
        "recipientAccountId": view.account,
        "eventCategory": "Management",
    });
    let resources: Vec<Value> = of
        .stack
        .iter()
        .map(|name| json!({"ResourceType": "AWS::CloudFormation::Stack", "ResourceName": name}))
        .collect();
    json!({
        "EventId": id(of),
        "EventName": of.operation,
        "ReadOnly": "false",
        "EventTime": Epoch(of.at),
        "EventSource": source(of),
        "Username": username(of),
        "Resources": resources,
        "CloudTrailEvent": record.to_string(),
    })
}
