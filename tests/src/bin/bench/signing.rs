//! Requests as a client of AWS signs them, in bytes.

use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use server::clock::Clock;

/// A `POST /` to `at`, signed with the access key (id and secret) for `service` in us-east-1.
pub(crate) fn request(
    at: SocketAddr,
    key: &(String, String),
    service: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> anyhow::Result<Vec<u8>> {
    let host = at.to_string();
    let headers = || headers.iter().copied().chain([("host", host.as_str())]);
    let (id, secret) = key.clone();
    let identity = Credentials::new(id, secret, None, None, "bench").into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("us-east-1")
        .name(service)
        .time(UNIX_EPOCH + Duration::from_millis(Clock::system().now().cast_unsigned()))
        .settings(SigningSettings::default())
        .build()
        .context("signing")?
        .into();
    let url = format!("http://{host}/");
    let request = SignableRequest::new("POST", &url, headers(), SignableBody::Bytes(body.as_bytes()))
        .context("signing")?;
    let (instructions, _) = sign(request, &params).context("signing")?.into_parts();
    let mut text = "POST / HTTP/1.1\r\n".to_owned();
    for (name, value) in headers().chain(instructions.headers()) {
        text += &format!("{name}: {value}\r\n");
    }
    text += &format!("content-length: {}\r\n\r\n{body}", body.len());
    Ok(text.into_bytes())
}
