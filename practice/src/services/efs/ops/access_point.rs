//! Access points.

use serde::Deserialize;
use serde_json::{Value, json};

use super::super::fault::{bad, no_access_point};
use super::super::model::{AccessPoint, Life, MAX_ACCESS_POINTS};
use super::{Tag, find, find_available, id_of, paged, tags, tags_out, word};
use crate::core::fault::Fault;
use crate::world::{Scope, View};

/// How long an access point takes to become available, in AWS's milliseconds.
const CREATES_MS: i64 = 2_000;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Create {
    client_token: String,
    #[serde(default)]
    tags: Vec<Tag>,
    file_system_id: String,
    posix_user: Option<Value>,
    root_directory: Option<Value>,
}

pub(crate) fn create(scope: &mut Scope<'_>, input: Create) -> Result<Value, Fault> {
    let system = id_of(&input.file_system_id).to_owned();
    find_available(scope, &system)?;
    let id_number =
        |value: Option<&Value>| value.and_then(Value::as_u64).is_some_and(|id| id <= 4_294_967_295);
    if input
        .posix_user
        .as_ref()
        .is_some_and(|user| !id_number(user.get("Uid")) || !id_number(user.get("Gid")))
    {
        return Err(bad("PosixUser needs Uid and Gid from 0 to 4294967295."));
    }
    let root = input.root_directory.unwrap_or_else(|| json!({"Path": "/"}));
    let path = root.get("Path").and_then(Value::as_str).unwrap_or("/");
    if !path.starts_with('/')
        || path.len() > 100
        || path.matches('/').count() > 4
        || root.to_string().len() > 1_000
    {
        return Err(bad(
            "The path of a RootDirectory begins with a slash and has at most 4 folders and 100 characters.",
        ));
    }
    let tags = tags(&input.tags)?;
    let points = &scope.region.efs.access_points;
    let same = points.iter().find(|(_, point)| point.client_token == input.client_token);
    if let Some((id, point)) = same {
        if point.file_system_id == system {
            return Ok(shape(&scope.view(), id, point));
        }
        let message =
            format!("Access point '{id}' already exists with client token '{}'", input.client_token);
        return Err(Fault::new("AccessPointAlreadyExists", message).with_status(409));
    }
    if points.len() >= MAX_ACCESS_POINTS {
        let message = "This practice region has room for 120 access points.";
        return Err(Fault::new("AccessPointLimitExceeded", message).with_status(403));
    }
    let point = AccessPoint {
        client_token: input.client_token,
        file_system_id: system,
        life: Life::Creating(scope.now.plus_ms(scope.settings.lasts(CREATES_MS))),
        user: input.posix_user,
        root,
        tags,
    };
    let id = scope.region.ids.resource("fsap");
    scope.region.efs.access_points.insert(id.clone(), point.clone());
    Ok(shape(&scope.view(), &id, &point))
}

fn shape(view: &View<'_>, id: &str, point: &AccessPoint) -> Value {
    let mut shape = json!({
        "ClientToken": point.client_token,
        "Tags": tags_out(&point.tags),
        "AccessPointId": id,
        "AccessPointArn": view.arn("elasticfilesystem", &format!("access-point/{id}")),
        "FileSystemId": point.file_system_id,
        "RootDirectory": point.root,
        "OwnerId": view.account,
        "LifeCycleState": word(point.life),
    });
    if let Some(name) = point.tags.get("Name") {
        shape["Name"] = json!(name);
    }
    if let Some(user) = &point.user {
        shape["PosixUser"] = user.clone();
    }
    shape
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Describe {
    max_results: Option<i64>,
    next_token: Option<String>,
    access_point_id: Option<String>,
    file_system_id: Option<String>,
}

pub(crate) fn describe(view: &View<'_>, input: Describe) -> Result<Value, Fault> {
    let points = &view.region.efs.access_points;
    if let Some(id) = &input.access_point_id {
        points.get(id_of(id)).ok_or_else(|| no_access_point(id))?;
    }
    if let Some(id) = &input.file_system_id {
        find(view, id)?;
    }
    let wanted = |id: &String, point: &AccessPoint| {
        input.access_point_id.as_ref().is_none_or(|wanted| id_of(wanted) == id)
            && input.file_system_id.as_ref().is_none_or(|wanted| id_of(wanted) == point.file_system_id)
    };
    let all = points.iter().filter(|(id, point)| wanted(id, point));
    let page = paged(all, |(id, _)| (*id).clone(), input.max_results, input.next_token.as_deref())?;
    let shapes: Vec<Value> = page.items.into_iter().map(|(id, point)| shape(view, id, point)).collect();
    let mut answer = json!({"AccessPoints": shapes});
    if let Some(next) = page.next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct One {
    access_point_id: String,
}

pub(crate) fn delete(scope: &mut Scope<'_>, input: One) -> Result<(), Fault> {
    let removed = scope.region.efs.access_points.remove(id_of(&input.access_point_id));
    removed.map(drop).ok_or_else(|| no_access_point(&input.access_point_id))
}
