//! `AWS::CertificateManager::Certificate`: it holds the stack until it is issued.

use serde_json::{Map, Value, json};

use crate::core::fault::Fault;
use crate::form::{TagChanges, attributes, keep, not_found, refuse_change, tag_list, unless_gone, with};
use crate::resource::{Api, Asked, Resource, Settled};
use crate::world::View;

#[cfg(test)]
mod tests;

/// All of them.
pub(super) const ALL: &[&dyn Resource] = &[&Certificate];

struct Certificate;

/// `Options` of the API, and what the template calls its members.
const OPTIONS: [(&str, &str); 2] = [
    ("CertificateTransparencyLoggingPreference", "CertificateTransparencyLoggingPreference"),
    ("CertificateExport", "Export"),
];

impl Resource for Certificate {
    fn type_name(&self) -> &'static str {
        "AWS::CertificateManager::Certificate"
    }

    fn create(&self, api: &mut Api<'_, '_>, asked: &Asked<'_>) -> Result<String, Fault> {
        const TAKEN: [&str; 5] = [
            "CertificateAuthorityArn",
            "DomainName",
            "KeyAlgorithm",
            "SubjectAlternativeNames",
            "ValidationMethod",
        ];
        let input = with(keep(asked.properties, &TAKEN), "IdempotencyToken", asked.suffix);
        let mut input = with(input, "Tags", tag_list(&asked.tags(), ("Key", "Value")));
        // A hosted zone is CloudFormation's own affair: it writes the records that prove the name.
        let options = asked.property("DomainValidationOptions").as_array().into_iter().flatten();
        let options = options.filter(|one| one.get("ValidationDomain").is_some());
        let options: Vec<Value> = options.map(|one| keep(one, &["DomainName", "ValidationDomain"])).collect();
        if !options.is_empty() {
            input["DomainValidationOptions"] = options.into();
        }
        let options = crate::form::pick(asked.properties, &OPTIONS);
        if options.as_object().is_some_and(|all| !all.is_empty()) {
            input["Options"] = options;
        }
        let answer = api.call("acm", "RequestCertificate", input)?;
        Ok(answer["CertificateArn"].as_str().unwrap_or_default().to_owned())
    }

    fn settled(&self, view: &View<'_>, id: &str, _properties: &Value) -> Settled {
        match super::is_issued(view, id) {
            Some(true) => Settled::Yes,
            Some(false) => Settled::NotYet,
            None => Settled::Failed(not_found(self.type_name(), id).message),
        }
    }

    fn update(
        &self,
        api: &mut Api<'_, '_>,
        id: &str,
        before: &Value,
        asked: &Asked<'_>,
    ) -> Result<(), Fault> {
        refuse_change(self.type_name(), before, asked, &OPTIONS.map(|(name, _)| name))?;
        let has = api.view().region.acm.certificates.get(id).map(|one| one.tags.clone());
        let has = has.ok_or_else(|| not_found(self.type_name(), id))?;
        TagChanges::new(&has, before, asked, "Tags").apply(
            api,
            "acm",
            (
                "AddTagsToCertificate",
                |set| json!({"CertificateArn": id, "Tags": tag_list(set, ("Key", "Value"))}),
            ),
            ("RemoveTagsFromCertificate", |keys| {
                let keys = keys.iter().map(|key| json!({"Key": key}));
                json!({"CertificateArn": id, "Tags": keys.collect::<Vec<_>>()})
            }),
        )
    }

    fn delete(&self, api: &mut Api<'_, '_>, id: &str, _properties: &Value) -> Result<(), Fault> {
        let input = json!({"CertificateArn": id});
        unless_gone(api.call("acm", "DeleteCertificate", input), "ResourceNotFoundException")
    }

    fn attributes(&self, _view: &View<'_>, id: &str, _properties: &Value) -> Map<String, Value> {
        attributes([("Id", id.into())])
    }
}
