//! The dozen reads of EC2 that checks need, over the same transport, credentials, signing and retries as the SDK's own
//! clients. AWS's crate for EC2 takes more memory to compile than a laptop has, hence this one.
//!
//! Wire: ec2Query, API version 2016-11-15. Not here: any call that changes something.

mod describe;
mod launch;
mod shapes;
mod xml;

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

pub(crate) use launch::decoded;
pub(crate) use shapes::*;
use xml::Element;

/// At most this many pages of one list are read; with EC2's pages of a thousand that is more than a class makes.
const MAX_PAGES: usize = 20;

/// The form of one request, in order, before encoding.
type Form = Vec<(String, String)>;

/// EC2, reads only. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Ec2 {
    operation: Operation<Form, Element, Ec2Error>,
}

/// What EC2 refused with.
#[derive(Debug)]
pub(crate) struct Ec2Error(ErrorMetadata);

impl std::fmt::Display for Ec2Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl std::error::Error for Ec2Error {}

impl ProvideErrorMetadata for Ec2Error {
    fn meta(&self) -> &ErrorMetadata {
        &self.0
    }
}

impl Ec2 {
    pub(super) fn new(access: &Access, retry: &RetryConfig, timeout: TimeoutConfig) -> Self {
        let endpoint =
            access.endpoint.clone().unwrap_or_else(|| format!("https://ec2.{}.amazonaws.com", access.region));
        let operation = Operation::builder()
            .service_name("EC2")
            .operation_name("Describe")
            .behavior_version(BehaviorVersion::latest())
            .http_client(access.http.clone())
            .endpoint_url(&endpoint)
            .standard_retry(retry)
            .timeout_config(timeout)
            .retry_classifier(TransientErrorClassifier::<Ec2Error>::new())
            .retry_classifier(HttpStatusCodeClassifier::default())
            .retry_classifier(AwsErrorCodeClassifier::<Ec2Error>::new())
            .runtime_plugin(signing(access))
            .serializer(serialize)
            .deserializer(deserialize)
            .build();
        Self { operation }
    }

    /// One call; an answer of EC2's with that action's root element.
    async fn call(&self, action: &str, mut form: Form) -> Result<Element, Trouble> {
        form.insert(0, ("Action".to_owned(), action.to_owned()));
        form.insert(1, ("Version".to_owned(), "2016-11-15".to_owned()));
        let answer = self.operation.invoke(form).await.map_err(|e| Trouble::from_sdk(&e))?;
        if answer.name() == format!("{action}Response") {
            Ok(answer)
        } else {
            Err(Trouble::Other(format!("{action} was answered with <{}>", answer.name())))
        }
    }

    /// All pages of one list, its items through `read`.
    async fn list<T>(
        &self,
        action: &str,
        form: Form,
        set: &str,
        read: impl Fn(&Element) -> T,
    ) -> Result<Vec<T>, Trouble> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut page = form.clone();
            page.extend(token.take().map(|t| ("NextToken".to_owned(), t)));
            let answer = self.call(action, page).await?;
            all.extend(answer.items(set).map(&read));
            token = answer.maybe("nextToken");
            if token.is_none() {
                return Ok(all);
            }
        }
        Err(Trouble::Other(format!("{action} has more than {MAX_PAGES} pages")))
    }
}

fn signing(access: &Access) -> StaticRuntimePlugin {
    let region = Region::new(access.region.clone());
    let mut options = SigningOptions::default();
    options.double_uri_encode = true;
    let mut config = Layer::new("ec2-signing");
    config.store_put(AuthSchemeOptionResolverParams::new(()));
    config.store_put(SigningName::from_static("ec2"));
    config.store_put(SigningRegion::from(region.clone()));
    config.store_put(SigV4OperationSigningConfig {
        region: Some(SigningRegion::from(region)),
        name: Some(SigningName::from_static("ec2")),
        signing_options: options,
        ..SigV4OperationSigningConfig::default()
    });
    let components = RuntimeComponentsBuilder::new("ec2-signing")
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(
            StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]),
        )))
        .with_identity_resolver(SCHEME_ID, SharedIdentityResolver::new(access.credentials.clone()));
    StaticRuntimePlugin::new().with_config(config.freeze()).with_runtime_components(components)
}

#[expect(clippy::needless_pass_by_value, reason = "the signature of a serializer")]
fn serialize(form: Form) -> Result<HttpRequest, BoxError> {
    let body: String = form
        .iter()
        .map(|(key, value)| format!("{}={}", encode(key), encode(value)))
        .collect::<Vec<_>>()
        .join("&");
    let length = body.len();
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST")?;
    request.set_uri("/")?;
    request.headers_mut().try_insert("content-type", "application/x-www-form-urlencoded")?;
    request.headers_mut().try_insert("content-length", length.to_string())?;
    Ok(request)
}

fn deserialize(response: &HttpResponse) -> Result<Element, OrchestratorError<Ec2Error>> {
    let bytes = response.body().bytes().unwrap_or_default();
    let tree = Element::parse(bytes);
    if response.status().is_success() {
        return tree.map_err(OrchestratorError::other);
    }
    let error = tree.unwrap_or_default();
    let first = error.child("Errors").and_then(|e| e.child("Error")).cloned().unwrap_or_default();
    let mut meta = ErrorMetadata::builder();
    if let Some(code) = first.maybe("Code") {
        meta = meta.code(code);
    }
    if let Some(message) = first.maybe("Message") {
        meta = meta.message(message);
    }
    Err(OrchestratorError::operation(Ec2Error(meta.build())))
}

/// As `SigV4` and HTML forms both read it: everything but RFC 3986's unreserved characters.
fn encode(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, UNRESERVED_KEPT).to_string()
}

const UNRESERVED_KEPT: &percent_encoding::AsciiSet =
    &percent_encoding::NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// `Filter.1.Name=..&Filter.1.Value.1=..`.
fn filter(name: &str, values: &[&str]) -> Form {
    let mut form = vec![("Filter.1.Name".to_owned(), name.to_owned())];
    form.extend(
        values.iter().enumerate().map(|(i, v)| (format!("Filter.1.Value.{}", i + 1), (*v).to_owned())),
    );
    form
}
