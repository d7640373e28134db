//! Signature Version 4 in the `Authorization` header. Follows "Create a signed AWS API request" (AWS IAM User
//! Guide). Presigned URLs are not in it: none of these services' clients use them.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use percent_encoding::percent_decode_str;
use sha2::{Digest as _, Sha256};

use super::refusal::Refusal;
use super::request::{Credential, HttpRequest};
use super::rest_xml;
use crate::core::time::Time;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far the time of signing may be from the wall clock, in minutes.
const SKEW_MINUTES: i64 = 15;
/// Longest `Authorization` header read, in bytes.
const MAX_AUTHORIZATION: usize = 4096;
/// Most signed headers.
const MAX_SIGNED_HEADERS: usize = 64;

/// What the `Authorization` header says, not yet verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    /// Whose key, and for what.
    pub credential: Credential,
    /// Names of the headers that the signature covers, as listed.
    headers: Vec<String>,
    signature: [u8; 32],
    /// `YYYYMMDDTHHMMSSZ`
    date: String,
    moment: Time,
}

impl Signed {
    /// Reads the signature of a request.
    pub fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let header = request.header("authorization").ok_or(Refusal::Unsigned)?;
        if header.len() > MAX_AUTHORIZATION {
            return Err(incomplete("Authorization header is too long."));
        }
        let (algorithm, parameters) = header.trim().split_once(' ').unwrap_or((header, ""));
        if algorithm != ALGORITHM {
            return Err(incomplete(format!("Unsupported AWS 'algorithm': '{algorithm}'.")));
        }
        let find = |name: &str| {
            let named = |part: &str| Some(part.trim().strip_prefix(name)?.strip_prefix('=')?.to_owned());
            parameters.split(',').find_map(named).filter(|value| !value.is_empty())
        };
        let (scope, headers, signature) = (find("Credential"), find("SignedHeaders"), find("Signature"));
        let date = request.header("x-amz-date").or_else(|| request.header("date"));
        let (Some(scope), Some(headers), Some(signature), Some(date)) = (&scope, &headers, &signature, date)
        else {
            let missing = [("Credential", &scope), ("Signature", &signature), ("SignedHeaders", &headers)];
            return Err(lacking(missing, date.is_some()));
        };
        let credential = Credential::of(request).ok_or_else(|| {
            incomplete(format!("Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{scope}'"))
        })?;
        let moment = Time::parse(date).ok_or_else(|| {
            incomplete(format!("Date must be in ISO-8601 'basic format'. Got '{date}'. See http://en.wikipedia.org/wiki/ISO_8601"))
        })?;
        let headers: Vec<String> =
            headers.split(';').take(MAX_SIGNED_HEADERS + 1).map(str::to_owned).collect();
        if headers.len() > MAX_SIGNED_HEADERS {
            return Err(incomplete("SignedHeaders lists too many headers."));
        }
        Ok(Self {
            credential,
            headers,
            signature: unhex(signature).ok_or(Refusal::Mismatch)?,
            date: date.to_owned(),
            moment,
        })
    }

    /// Checks the signature against the secret of its access key, for a service reached at wall-clock time `wall`.
    pub fn verify(
        &self,
        request: &HttpRequest,
        secret: &str,
        service: &str,
        wall: Time,
    ) -> Result<(), Refusal> {
        self.check_scope(service)?;
        self.check_headers(request)?;
        self.check_date(wall)?;
        let hash = payload_hash(request, service)?;
        let canonical = self.canonical_request(request, &hash)?;
        let Credential { date, region, service, .. } = &self.credential;
        let to_sign = format!(
            "{ALGORITHM}\n{}\n{date}/{region}/{service}/aws4_request\n{}",
            self.date,
            hex(&Sha256::digest(canonical))
        );
        let mut key = hmac(format!("AWS4{secret}").as_bytes(), date)?.finalize().into_bytes();
        for part in [region.as_str(), service.as_str(), "aws4_request"] {
            key = hmac(&key, part)?.finalize().into_bytes();
        }
        // Compares in constant time.
        hmac(&key, &to_sign)?.verify_slice(&self.signature).map_err(|_| Refusal::Mismatch)
    }

    fn check_scope(&self, service: &str) -> Result<(), Refusal> {
        if self.credential.service != service {
            return Err(Refusal::Scope(format!(
                "Credential should be scoped to correct service: '{service}'. "
            )));
        }
        let day = self.date.get(..8).unwrap_or_default();
        if self.credential.date != day {
            return Err(Refusal::Scope(format!(
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: \
                 '{}' != '{day}', from '{}'.",
                self.credential.date, self.date
            )));
        }
        Ok(())
    }

    /// Whatever decides what a request means must be signed: the host and all of AWS's own headers.
    fn check_headers(&self, request: &HttpRequest) -> Result<(), Refusal> {
        let signed = |name: &str| self.headers.iter().any(|header| header.eq_ignore_ascii_case(name));
        if !signed("host") {
            return Err(incomplete(
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ));
        }
        match request.headers.iter().find(|(name, _)| name.starts_with("x-amz-") && !signed(name)) {
            None => Ok(()),
            Some((name, _)) => {
                Err(incomplete(format!("'{name}' must be a 'SignedHeader' in the AWS Authorization.")))
            }
        }
    }

    fn check_date(&self, wall: Time) -> Result<(), Refusal> {
        let leeway = SKEW_MINUTES * 60_000;
        let (date, server) = (&self.date, wall.basic());
        let limit = |milliseconds| wall.plus_ms(milliseconds).basic();
        if wall.since(self.moment) > leeway {
            return Err(Refusal::Skewed(format!(
                "Signature expired: {date} is now earlier than {} ({server} - {SKEW_MINUTES} min.)",
                limit(-leeway)
            )));
        }
        if self.moment.since(wall) > leeway {
            return Err(Refusal::Skewed(format!(
                "Signature not yet current: {date} is still later than {} ({server} + {SKEW_MINUTES} min.)",
                limit(leeway)
            )));
        }
        Ok(())
    }

    fn canonical_request(&self, request: &HttpRequest, payload_hash: &str) -> Result<String, Refusal> {
        let mut headers = String::new();
        for name in &self.headers {
            let name = name.to_ascii_lowercase();
            let values: Vec<String> = request
                .headers
                .iter()
                .filter(|(header, _)| *header == name)
                .map(|(_, value)| value.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
                .collect();
            if values.is_empty() {
                // A header that was signed and is gone: this is not the request that was signed.
                return Err(Refusal::Mismatch);
            }
            headers.push_str(&format!("{name}:{}\n", values.join(",")));
        }
        Ok(format!(
            "{}\n{}\n{}\n{headers}\n{}\n{payload_hash}",
            request.method,
            // Amazon S3 takes a key as it is.
            if self.credential.service == rest_xml::SERVICE {
                plain_path(&request.path)
            } else {
                canonical_path(&request.path)
            },
            canonical_query(&request.query),
            self.headers.join(";").to_ascii_lowercase(),
        ))
    }
}

fn incomplete(message: impl Into<String>) -> Refusal {
    Refusal::Incomplete(message.into())
}

fn lacking(parameters: [(&str, &Option<String>); 3], has_date: bool) -> Refusal {
    let mut sentences: Vec<String> = parameters
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| format!("Authorization header requires '{name}' parameter."))
        .collect();
    if !has_date {
        sentences.push(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.".to_owned(),
        );
    }
    incomplete(sentences.join(" "))
}

/// The hash that was signed: the declared one if it is true of the body, or the literal that leaves the body out. To Amazon
/// S3 a body may come in chunks, whose own signatures are not looked at.
fn payload_hash(request: &HttpRequest, service: &str) -> Result<String, Refusal> {
    let declared = request.header("x-amz-content-sha256");
    let literal = |text: &&str| {
        *text == "UNSIGNED-PAYLOAD" || service == rest_xml::SERVICE && text.starts_with("STREAMING-")
    };
    if let Some(literal) = declared.filter(literal) {
        return Ok(literal.to_owned());
    }
    let hash = hex(&Sha256::digest(&request.body));
    if declared.is_some_and(|declared| declared != hash) {
        return Err(Refusal::Mismatch);
    }
    Ok(hash)
}

/// Encoded once, with nothing removed.
fn plain_path(path: &str) -> String {
    let segment = |text: &str| encoded(&percent_decode_str(text).collect::<Vec<u8>>());
    path.split('/').map(segment).collect::<Vec<_>>().join("/")
}

/// Dot segments and empty segments removed, then encoded once more than it came ("double encoding").
fn canonical_path(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    let mut canonical = String::from("/");
    canonical.push_str(&segments.iter().map(|s| encoded(s.as_bytes())).collect::<Vec<_>>().join("/"));
    let directory = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
    if directory && !segments.is_empty() {
        canonical.push('/');
    }
    canonical
}

/// Parameters encoded as Signature Version 4 does, in the order of their encoded names, then values.
fn canonical_query(query: &str) -> String {
    let again = |text: &str| encoded(&percent_decode_str(text).collect::<Vec<u8>>());
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (again(name), again(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// `UriEncode`: everything but unreserved characters becomes `%XX`.
fn encoded(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

fn hmac(key: &[u8], message: &str) -> Result<Hmac<Sha256>, Refusal> {
    // Keys may have any length: this cannot fail.
    let mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| Refusal::Mismatch)?;
    Ok(mac.chain_update(message))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}
