//! `GetSecretValue` and `BatchGetSecretValue`. When a secret was last read is not kept: looking changes nothing.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::super::fault;
use super::super::model::{Kept, SecretValue, Version};
use super::super::value::readable;
use super::find;
use super::list::{Filter, fits};
use crate::core::fault::Fault;
use crate::core::page::page;
use crate::core::time::Epoch;
use crate::world::View;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Get {
    secret_id: String,
    version_id: Option<String>,
    version_stage: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Got {
    #[serde(rename = "ARN")]
    arn: String,
    name: String,
    version_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_string: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret_binary: Option<String>,
    version_stages: Vec<String>,
    created_date: Epoch,
}

fn got(kept: &Kept, id: &str, version: &Version) -> Got {
    let (text, binary) = match version.value.0.clone() {
        SecretValue::Text(text) => (Some(text), None),
        SecretValue::Binary(binary) => (None, Some(binary)),
    };
    Got {
        arn: kept.arn.clone(),
        name: kept.name.clone(),
        version_id: id.to_owned(),
        secret_string: text,
        secret_binary: binary,
        version_stages: kept.stages_of(id).into_iter().map(str::to_owned).collect(),
        created_date: Epoch(version.created_at),
    }
}

pub(crate) fn get(view: &View<'_>, input: Get) -> Result<Got, Fault> {
    let kept = find(view, &input.secret_id)?;
    let (id, stage) = (input.version_id.as_deref(), input.version_stage.as_deref());
    if let (Some(id), Some(stage)) = (id, stage)
        && kept.deletion.is_none()
        && kept.versions.contains_key(id)
        && kept.stages.get(stage).is_none_or(|version| version != id)
    {
        let message = "You provided a VersionStage that is not associated to the provided VersionId.";
        return Err(fault::invalid_request(message));
    }
    let (id, version) = readable(kept, id, stage)?;
    Ok(got(kept, id, version))
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Batch {
    secret_id_list: Option<Vec<String>>,
    filters: Option<Vec<Filter>>,
    max_results: Option<i64>,
    next_token: Option<String>,
}

pub(crate) fn batch(view: &View<'_>, input: Batch) -> Result<Value, Fault> {
    let (mut values, mut errors, mut next) = (Vec::new(), Vec::new(), None);
    match (input.secret_id_list, input.filters) {
        (Some(ids), None) => {
            if ids.is_empty() || ids.len() > 20 {
                return Err(fault::validation("SecretIdList must have from 1 to 20 secrets."));
            }
            for id in ids {
                let read = find(view, &id).and_then(|kept| Ok((kept, readable(kept, None, None)?)));
                match read {
                    Ok((kept, (version_id, version))) => values.push(got(kept, version_id, version)),
                    Err(fault) => errors
                        .push(json!({"SecretId": id, "ErrorCode": fault.code, "Message": fault.message})),
                }
            }
        }
        (None, Some(filters)) => {
            let limit = usize::try_from(input.max_results.unwrap_or(20)).unwrap_or(20).clamp(1, 20);
            let secrets = view.region.secretsmanager.secrets.values();
            let all = secrets.filter(|kept| kept.deletion.is_none() && fits(view, kept, &filters));
            let page = page(all, |kept| kept.name.clone(), limit, input.next_token.as_deref())
                .map_err(|_| super::list::bad_token())?;
            next = page.next;
            for kept in page.items {
                if let Ok((id, version)) = readable(kept, None, None) {
                    values.push(got(kept, id, version));
                }
            }
        }
        _ => {
            let message = "Either 'SecretIdList' or 'Filters' must be provided, but not both.";
            return Err(fault::invalid(message));
        }
    }
    let mut answer = json!({"SecretValues": values, "Errors": errors});
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    Ok(answer)
}
