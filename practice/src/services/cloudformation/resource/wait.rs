//! Wait conditions, and the handles that they are told by: a URL takes a success or a failure, with a reason and data, from
//! whoever knows it. Follows "Create wait conditions in a CloudFormation template".

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::core::fault::Fault;
use crate::form::attributes;
use crate::resource::{Api, Asked, Resource, Settled};
use crate::services::cloudformation::model::{Handle, Told};
use crate::world::{Scope, View};

/// Handles of a region, and what one is told at most.
const MAX_HANDLES: usize = 500;
const MAX_TOLD: usize = 100;
/// Bytes of what a handle is told at once.
const MAX_BODY: usize = 4_096;
/// What stands in front of the part of a handle's URL that cannot be guessed.
const SECRET: &str = "X-Amz-Signature=";
/// The longest that is waited, in seconds.
const MAX_SECONDS: i64 = 43_200;

/// Its physical id is its URL.
pub(super) struct WaitConditionHandle;
pub(super) struct WaitCondition;

/// What names the handle of a URL, or of what follows the host in one.
fn secret(url: &str) -> Option<&str> {
    url.split(SECRET).nth(1)?.split('&').next()
}

/// The host that the handles of a region have.
fn host(region: &str) -> String {
    format!("cloudformation-waitcondition-{region}.s3.amazonaws.com")
}

/// Whether a URL or a host name is that of a handle, of whatever region.
pub(crate) fn is_handle(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.starts_with("cloudformation-waitcondition-")
}

/// The signal in a request's body.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Signal {
    status: String,
    unique_id: Option<String>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    data: String,
}

/// A handle of this region is told something: what the HTTP request comes to, its status. None when the host is not one of
/// this region's handles.
pub(crate) fn tell(scope: &mut Scope<'_>, at: &str, url: &str, body: &str) -> Option<u16> {
    if at != host(&scope.region.name) {
        return None;
    }
    let found = secret(url).and_then(|secret| scope.region.cloudformation.handles.get_mut(secret));
    let Some(handle) = found else { return Some(403) };
    let signal = (body.len() <= MAX_BODY).then(|| serde_json::from_str::<Signal>(body).ok()).flatten();
    let Some(signal) = signal.filter(|signal| matches!(signal.status.as_str(), "SUCCESS" | "FAILURE")) else {
        // S3 takes whatever it is sent; only a signal counts.
        return Some(200);
    };
    let id = signal.unique_id.unwrap_or_else(|| format!("signal{}", handle.told.len() + 1));
    if handle.told.len() < MAX_TOLD {
        let told = Told { well: signal.status == "SUCCESS", reason: signal.reason, data: signal.data };
        handle.told.entry(id).or_insert(told);
    }
    Some(200)
}

impl Resource for WaitConditionHandle {
    fn type_name(&self) -> &'static str {
        "AWS::CloudFormation::WaitConditionHandle"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let scope = api.scope();
        if scope.region.cloudformation.handles.len() >= MAX_HANDLES {
            let message = format!("A region has at most {MAX_HANDLES} wait condition handles.");
            return Err(Fault::new("LimitExceededException", message));
        }
        let secret = scope.region.ids.hex(64);
        scope.region.cloudformation.handles.insert(secret.clone(), Handle::default());
        let stack = utf8_percent_encode(asked.stack_id, NON_ALPHANUMERIC);
        Ok(format!(
            "https://{}/{stack}/{}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={}&X-Amz-SignedHeaders=host&X-Amz-Expires=86399&{SECRET}{secret}",
            host(&scope.region.name),
            asked.logical_id,
            scope.now.basic(),
        ))
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        if let Some(secret) = secret(id) {
            api.scope().region.cloudformation.handles.remove(secret);
        }
        Ok(())
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }

    fn takes_ms(&self) -> i64 {
        500
    }
}

fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

impl WaitCondition {
    fn handle<'w>(view: &View<'w>, properties: &Value) -> Option<&'w Handle> {
        view.region.cloudformation.handles.get(secret(properties["Handle"].as_str()?)?)
    }

    fn count(properties: &Value) -> usize {
        number(&properties["Count"]).and_then(|count| usize::try_from(count).ok()).unwrap_or(1)
    }
}

impl Resource for WaitCondition {
    fn type_name(&self) -> &'static str {
        "AWS::CloudFormation::WaitCondition"
    }

    /// Without a handle it waits for what its `CreationPolicy` says.
    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        let invalid = |message: &str| Err(Fault::new("ValidationError", message));
        if asked.text("Handle").is_some() {
            if Self::handle(&api.view(), asked.properties).is_none() {
                return invalid("The value of Handle is not a reference to a wait condition handle.");
            }
            match number(asked.property("Timeout")) {
                None => return invalid("Timeout is required where a Handle is given."),
                Some(seconds) if !(0..=MAX_SECONDS).contains(&seconds) => {
                    return invalid("Timeout must be between 0 and 43200 seconds.");
                }
                Some(_) => {}
            }
        }
        Ok(format!("{}/{}", asked.stack_id, asked.logical_id))
    }

    fn settled(&self, view: &View<'_>, _id: &str, properties: &Value) -> Settled {
        if properties.get("Handle").is_none() {
            return Settled::Yes;
        }
        let Some(handle) = Self::handle(view, properties) else {
            return Settled::Failed("The handle of the wait condition is not there any more.".to_owned());
        };
        if let Some((id, told)) = handle.told.iter().find(|(_, told)| !told.well) {
            return Settled::Failed(format!(
                "WaitCondition received failed message: '{}' for uniqueId: {id}",
                told.reason
            ));
        }
        if handle.told.len() >= Self::count(properties) { Settled::Yes } else { Settled::NotYet }
    }

    fn update(
        &self,
        _api: &mut Api<'_, '_>,
        _id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        if ["Count", "Handle", "Timeout"].iter().any(|name| asked.changed(before, name)) {
            let message = "Update to resource type AWS::CloudFormation::WaitCondition is not supported.";
            return Err(Fault::new("ValidationError", message));
        }
        Ok(())
    }

    fn delete(&self, _api: &mut Api<'_, '_>, _id: &str, _properties: &Value) -> Result<(), Fault> {
        Ok(())
    }

    fn attributes(&self, view: &View<'_>, id: &str, properties: &Value) -> Map<String, Value> {
        let told = Self::handle(view, properties).into_iter().flat_map(|handle| &handle.told);
        let data: Map<String, Value> =
            told.map(|(id, told)| (id.clone(), told.data.as_str().into())).collect();
        attributes([("Id", id.into()), ("Data", Value::Object(data).to_string().into())])
    }

    fn patience_ms(&self, properties: &Value) -> Option<i64> {
        properties.get("Handle")?;
        Some(number(&properties["Timeout"])?.saturating_mul(1_000))
    }

    fn out_of_patience(&self, view: &View<'_>, properties: &Value) -> Option<String> {
        let received = Self::handle(view, properties).map_or(0, |handle| handle.told.len());
        let wanted = Self::count(properties);
        Some(format!("WaitCondition timed out. Received {received} conditions when expecting {wanted}"))
    }

    fn takes_ms(&self) -> i64 {
        500
    }
}
