//! The AWS SDK's HTTP client, without a socket: requests go straight into a hosted world. Nothing else of the SDK is
//! replaced, so practice and AWS differ by this alone.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest as SdkRequest;
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_runtime_api::http::{Response, StatusCode};
use aws_smithy_types::body::SdkBody;
use practice::{Auth, HttpRequest};

use super::host::PracticeHost;

/// An SDK HTTP client for one practice account. The platform looks with it on its own authority, so it works
/// whatever a student does to the account's keys.
pub fn client(host: PracticeHost, account: &str) -> SharedHttpClient {
    SharedHttpClient::new(InProcess { host, account: account.to_owned() })
}

#[derive(Clone)]
struct InProcess {
    host: PracticeHost,
    account: String,
}

impl std::fmt::Debug for InProcess {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InProcess").field("account", &self.account).finish_non_exhaustive()
    }
}

impl HttpClient for InProcess {
    fn http_connector(&self, _: &HttpConnectorSettings, _: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for InProcess {
    fn call(&self, request: SdkRequest) -> HttpConnectorFuture {
        let this = self.clone();
        HttpConnectorFuture::new(async move {
            let plain = plain(&request);
            let answer = this
                .host
                .api(&this.account, &plain, Auth::Any)
                .await
                .map_err(|error| ConnectorError::io(error.into()))?;
            let status = StatusCode::try_from(answer.status)
                .map_err(|error| ConnectorError::other(error.into(), None))?;
            let mut response = Response::new(status, SdkBody::from(answer.body));
            for (name, value) in answer.headers {
                response.headers_mut().insert(name, value);
            }
            Ok(response)
        })
    }
}

fn plain(request: &SdkRequest) -> HttpRequest {
    let uri: http::Uri = request.uri().parse().unwrap_or_default();
    HttpRequest {
        method: request.method().to_owned(),
        path: uri.path().to_owned(),
        query: uri.query().unwrap_or_default().to_owned(),
        headers: request.headers().iter().map(|(n, v)| (n.to_ascii_lowercase(), v.to_owned())).collect(),
        body: request.body().bytes().unwrap_or_default().to_vec(),
    }
}
