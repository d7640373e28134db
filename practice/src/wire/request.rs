//! An HTTP request as plain data, and what it asks for: service, operation and region. Three signs tell the
//! services apart: the credential scope of the signature, `X-Amz-Target`, and `Action` with `Version`; a REST service
//! is told by its paths.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{cbor, query, rest, rest_xml};
use crate::core::fault::Fault;

/// Largest request body accepted, in bytes. AWS's own limits for these services are below it.
pub const MAX_BODY: usize = 1 << 20;

/// An HTTP request, whole in memory.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct HttpRequest {
    /// Upper-case method.
    pub method: String,
    /// Absolute path, undecoded.
    pub path: String,
    /// Query string without `?`, undecoded.
    pub query: String,
    /// Lower-case names; repeated headers stay repeated.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl HttpRequest {
    /// The first header of that (lower-case) name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }
}

/// The credential of a Signature Version 4 `Authorization` header:
/// `AKID/20261121/us-east-1/ecs/aws4_request`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credential {
    /// Access key id.
    pub access_key_id: String,
    /// `YYYYMMDD`.
    pub date: String,
    /// Region of the scope.
    pub region: String,
    /// Signing name of the service.
    pub service: String,
}

impl Credential {
    /// Reads the `Authorization` header; None when there is none or it is not of that form.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        let header = request.header("authorization")?;
        let (_, after) = header.split_once("Credential=")?;
        let scope = after.split([',', ' ']).next()?;
        let mut parts = scope.rsplitn(5, '/');
        if parts.next()? != "aws4_request" {
            return None;
        }
        let (service, region, date) = (parts.next()?, parts.next()?, parts.next()?);
        Some(Self {
            access_key_id: parts.next()?.to_owned(),
            date: date.to_owned(),
            region: region.to_owned(),
            service: service.to_owned(),
        })
    }
}

/// What a request asks for, before anyone has looked whether that exists.
#[derive(Debug, Clone, PartialEq)]
pub struct Asked {
    /// Signing name: `ecs`, `ec2`, ...
    pub service: String,
    /// `CreateCluster`, ...
    pub operation: String,
    /// Region of the credential scope, else `us-east-1`.
    pub region: String,
    /// The input as a tree. In the Query protocols every scalar is text.
    pub input: Value,
}

/// JSON target prefixes and the service that answers to each.
const TARGETS: [(&str, &str); 11] = [
    ("DynamoDB_20120810", "dynamodb"),
    ("AWSEvents", "events"),
    ("AmazonEC2ContainerRegistry_V20150921", "ecr"),
    ("AmazonEC2ContainerServiceV20141113", "ecs"),
    ("AmazonSSM", "ssm"),
    ("AnyScaleFrontendService", "application-autoscaling"),
    ("CertificateManager", "acm"),
    ("GraniteServiceVersion20100801", "monitoring"),
    ("Logs_20140328", "logs"),
    ("Route53AutoNaming_v20170314", "servicediscovery"),
    ("secretsmanager", "secretsmanager"),
];
/// Classic load balancers sign as `elasticloadbalancing` too: only the version tells them from the present service.
const CLASSIC_VERSION: &str = "2012-06-01";
/// `Version` of each Query service.
const VERSIONS: [(&str, &str); 8] = [
    ("2014-10-31", "rds"),
    ("2010-08-01", "monitoring"),
    ("2016-11-15", "ec2"),
    ("2010-05-08", "iam"),
    ("2011-01-01", "autoscaling"),
    ("2011-06-15", "sts"),
    ("2015-12-01", "elasticloadbalancing"),
    (CLASSIC_VERSION, "elb"),
];

/// Decodes what is asked. Bounded by [`MAX_BODY`] and the limits of [`query`].
pub fn asked(request: &HttpRequest) -> Result<Asked, Fault> {
    if request.body.len() > MAX_BODY {
        return Err(
            Fault::new("RequestEntityTooLargeException", "Request body is too large.").with_status(413)
        );
    }
    let credential = Credential::of(request);
    let region = credential.as_ref().map_or_else(|| "us-east-1".to_owned(), |c| c.region.clone());
    if credential.as_ref().is_some_and(|c| c.service == rest_xml::SERVICE) {
        let (operation, input) = rest_xml::decode(request)?;
        return Ok(Asked { service: rest_xml::SERVICE.to_owned(), operation, region, input });
    }
    if let Some((service, operation)) = cbor::target(&request.path) {
        let input = cbor::decode(&request.body)
            .map_err(|error| Fault::new("SerializationException", error.to_string()))?;
        let (service, operation) = (service.to_owned(), operation.to_owned());
        return Ok(Asked { service, operation, region, input });
    }
    if let Some(target) = request.header("x-amz-target") {
        // CloudTrail's prefix has dots of its own.
        let (prefix, operation) = target.rsplit_once('.').unwrap_or((target, ""));
        let service = TARGETS
            .iter()
            .find(|(name, _)| *name == prefix)
            .map(|(_, service)| (*service).to_owned())
            .or(credential.map(|c| c.service))
            .ok_or_else(|| Fault::new("UnknownOperationException", "Unknown target."))?;
        let input = match request.body.as_slice() {
            [] => Value::Object(serde_json::Map::new()),
            body => serde_json::from_slice(body)
                .map_err(|_| Fault::new("SerializationException", "The request body is not valid JSON."))?,
        };
        return Ok(Asked { service, operation: operation.to_owned(), region, input });
    }
    if credential.as_ref().map_or(rest::is_rest(&request.path), |c| c.service == rest::SERVICE) {
        let (operation, input) = rest::decode(&request.method, &request.path, &request.query, &request.body)?;
        return Ok(Asked { service: rest::SERVICE.to_owned(), operation, region, input });
    }
    let form = if request.method == "GET" { request.query.as_bytes() } else { request.body.as_slice() };
    let mut input = query::decode(form).map_err(|e| Fault::new("MalformedQueryString", e.to_string()))?;
    let mut take = |key: &str| match input.as_object_mut().and_then(|map| map.shift_remove(key)) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let version = take("Version").unwrap_or_default();
    let operation = take("Action")
        .ok_or_else(|| Fault::new("MissingAction", "The request must contain the parameter Action."))?;
    let service = credential
        .map(|c| c.service)
        .or_else(|| VERSIONS.iter().find(|(v, _)| *v == version).map(|(_, s)| (*s).to_owned()))
        .ok_or_else(|| Fault::new("InvalidAction", "The service of this request cannot be told."))?;
    let classic = service == "elasticloadbalancing" && version == CLASSIC_VERSION;
    let service = if classic { "elb".to_owned() } else { service };
    Ok(Asked { service, operation, region, input })
}

/// What requests to a service are signed for.
pub(crate) fn signing_name(service: &str) -> &str {
    if service == "elb" { "elasticloadbalancing" } else { service }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_split_at_its_last_dot() {
        let target = |target: &str| {
            let headers = vec![("x-amz-target".to_owned(), target.to_owned())];
            let credential = "AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/cloudtrail/aws4_request, SignedHeaders=host, Signature=0";
            let headers = [headers, vec![("authorization".to_owned(), credential.to_owned())]].concat();
            let request = HttpRequest {
                headers,
                method: "POST".to_owned(),
                path: "/".to_owned(),
                ..HttpRequest::default()
            };
            asked(&request).map(|asked| (asked.service, asked.operation))
        };
        let found = target("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.LookupEvents").unwrap();
        assert_eq!(found, ("cloudtrail".to_owned(), "LookupEvents".to_owned()));
        let found = target("AmazonEC2ContainerServiceV20141113.ListClusters").unwrap();
        assert_eq!(found, ("ecs".to_owned(), "ListClusters".to_owned()));
    }
}
