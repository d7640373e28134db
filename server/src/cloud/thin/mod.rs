//! Reads of services that there is no SDK crate for in this tree, over the same transport, credentials, signing and
//! retries as the SDK's own clients: each crate of the SDK costs every build half a minute and more, and checks need a
//! handful of reads of each.
//!
//! - [`json`]: awsJson1.1 · [`query`]: awsQuery · [`rest`]: restJson1 reads without a body
//!
//! Not here: any call that changes something, but for `cloud::cloudformation`'s own.

mod json;
mod query;
mod rest;
pub(crate) mod xml;

pub(crate) use json::Json;
pub(crate) use query::{Form, Query, form};
pub(crate) use rest::Rest;

use super::{Access, Trouble};
use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::{HttpStatusCodeClassifier, TransientErrorClassifier};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::StaticAuthSchemeOptionResolver;
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::identity::SharedIdentityResolver;
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse, OrchestratorError};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::Layer;
use aws_smithy_types::error::ErrorMetadata;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SigningName;
use aws_types::region::{Region, SigningRegion};
use serde_json::Value;
use xml::Element;

/// At most this many pages of one list are read.
pub(crate) const MAX_PAGES: usize = 20;

/// One service as it is called and signed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Service {
    /// First label of its host: `ec2`, `logs`.
    pub(crate) host: &'static str,
    /// As in signatures.
    pub(crate) signing: &'static str,
}

/// The transport's settings, shared by all clients.
#[derive(Debug, Clone)]
pub(super) struct Settings<'a> {
    pub(super) access: &'a Access,
    pub(super) retry: &'a RetryConfig,
    pub(super) timeout: TimeoutConfig,
}

/// A request before it is signed.
#[derive(Debug, Clone, Default)]
struct Ask {
    get: bool,
    /// Path and query.
    uri: String,
    content_type: &'static str,
    target: Option<String>,
    body: String,
}

/// One service's transport. Cheap to clone.
#[derive(Debug, Clone)]
struct Thin {
    operation: Operation<Ask, Vec<u8>, Refusal>,
}

/// What a service refused with.
#[derive(Debug)]
struct Refusal(ErrorMetadata);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Refusal {}

impl ProvideErrorMetadata for Refusal {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl Thin {
    fn new(service: Service, settings: &Settings<'_>) -> Self {
        let access = settings.access;
        let own = || format!("https://{}.{}.amazonaws.com", service.host, access.region);
        let endpoint = access.endpoint.clone().unwrap_or_else(own);
        let operation = Operation::builder()
            .service_name(service.signing)
            .operation_name("Read")
            .behavior_version(BehaviorVersion::latest())
            .http_client(access.http.clone())
            .endpoint_url(&endpoint)
            .standard_retry(settings.retry)
            .timeout_config(settings.timeout.clone())
            .retry_classifier(TransientErrorClassifier::<Refusal>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<Refusal>::new())
            .runtime_plugin(signing(service, access))
            .serializer(|ask: Ask| serialize(ask))
            .deserializer(deserialize)
            .build();
        Self { operation }
    }

    async fn send(&self, ask: Ask) -> Result<Vec<u8>, Trouble> {
        self.operation.invoke(ask).await.map_err(|e| Trouble::from_sdk(&e))
    }
}

fn signing(service: Service, access: &Access) -> StaticRuntimePlugin {
    let region = Region::new(access.region.clone());
    let mut options = SigningOptions::default();
    options.double_uri_encode = true;
    let mut config = Layer::new("thin-signing");
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(SigningName::from_static(service.signing));
    config.store_put(SigningRegion::from(region.clone()));
    config.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(region)),
        name: Some(SigningName::from_static(service.signing)),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    });
    let components = RuntimeComponentsBuilder::new("thin-signing")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(access.credentials.clone()));
    StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components)
}

fn serialize(ask: Ask) -> Result<HttpRequest, BoxError> {
    let length = ask.body.len();
    let mut request = HttpRequest::new(SdkBody::from(ask.body));
    request.set_method(if ask.get { "GET" } else { "POST" })?;
    request.set_uri(ask.uri)?;
    if !ask.get {
        request.headers_mut().try_insert("content-type", ask.content_type)?;
        request.headers_mut().try_insert("content-length", length.to_string())?;
    }
    if let Some(target) = ask.target {
        request.headers_mut().try_insert("x-amz-target", target)?;
    }
    Ok(request)
}

fn deserialize(response: &HttpResponse) -> Result<Vec<u8>, OrchestratorError<Refusal>> {
    let bytes = response.body().bytes().unwrap_or_default();
    if response.status().is_success() {
        return Ok(bytes.to_vec());
    }
    let (code, message) = refusal(bytes, response.headers().get("x-amzn-errortype"));
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = code {
        meta = meta.code(code);
    }
    if let Some(message) = message {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(Refusal(meta.build())))
}

/// Code and message of an error, in whichever form it came.
fn refusal(bytes: &[u8], header: Option<&str>) -> (Option<String>, Option<String>) {
    // `com.amazonaws.ecs#ClusterNotFoundException:http://...`
    let bare = |code: &str| {
        let code = code.split_once('#').map_or(code, |(_, name)| name);
        code.split_once(':').map_or(code, |(name, _)| name).to_owned()
    };
    if bytes.trim_ascii_start().starts_with(b"<") {
        let tree = Element::parse(bytes).unwrap_or_default();
        let error = match tree.child("Errors") {
            Some(errors) => errors.child("Error"),
            None => tree.child("Error"),
        };
        return error.map_or((None, None), |error| (error.maybe("Code"), error.maybe("Message")));
    }
    let tree: Value = serde_json::from_slice(bytes).unwrap_or_default();
    let text = |names: [&str; 2]| names.into_iter().find_map(|name| tree.get(name)?.as_str());
    let code = text(["__type", "code"]).or(header).map(bare);
    (code, text(["message", "Message"]).map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_read_in_every_form() {
        let ec2 = b"<Response><Errors><Error><Code>InvalidVpcID.NotFound</Code><Message>no</Message></Error></Errors></Response>";
        let query = b"<ErrorResponse><Error><Type>Sender</Type><Code>LoadBalancerNotFound</Code><Message>no</Message></Error></ErrorResponse>";
        let json = br#"{"__type":"com.amazonaws.logs#ResourceNotFoundException","message":"no"}"#;
        let plain = (Some("X".to_owned()), None);
        assert_eq!(refusal(ec2, None).0.as_deref(), Some("InvalidVpcID.NotFound"));
        assert_eq!(refusal(query, None), (Some("LoadBalancerNotFound".into()), Some("no".into())));
        assert_eq!(refusal(json, None), (Some("ResourceNotFoundException".into()), Some("no".into())));
        assert_eq!(refusal(b"{}", Some("X:http://internal")), plain);
        assert_eq!(refusal(b"", None), (None, None));
    }
}
