//! Results and faults as HTTP answers, in the form of each protocol.

use std::fmt;

use serde_json::{Value, json};

use super::{Protocol, cbor, rest, rest_xml, xml};
use crate::core::fault::Fault;

/// An HTTP answer, whole in memory.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpAnswer {
    /// HTTP status.
    pub status: u16,
    /// Header names and values.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Vec<u8>,
}

/// The body is left out: it may hold a secret.
impl fmt::Debug for HttpAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { status, headers, body } = self;
        write!(f, "HttpAnswer {{ status: {status}, headers: {headers:?}, body: {} bytes }}", body.len())
    }
}

/// Encodes the outcome of `operation`.
pub fn encode(
    protocol: Protocol,
    operation: &str,
    request_id: &str,
    outcome: &Result<Value, Fault>,
) -> HttpAnswer {
    if protocol == Protocol::RestXml {
        return rest_xml::encode(operation, request_id, outcome);
    }
    match outcome {
        Ok(result) => success(protocol, operation, request_id, result),
        Err(fault) => failure(protocol, request_id, fault),
    }
}

fn success(protocol: Protocol, operation: &str, request_id: &str, result: &Value) -> HttpAnswer {
    let body = match protocol {
        Protocol::Cbor { .. } => return in_cbor(200, request_id, result),
        Protocol::Json10 => {
            let body = json_text(&cbor::plain_moments(result, protocol));
            return answer(200, "application/x-amz-json-1.0", request_id, body);
        }
        Protocol::RestXml => return rest_xml::encode(operation, request_id, &Ok(result.clone())),
        Protocol::Json11 => return answer(200, "application/x-amz-json-1.1", request_id, json_text(result)),
        Protocol::RestJson => {
            return answer(rest::status(operation), "application/json", request_id, json_text(result));
        }
        Protocol::Query { namespace } => {
            let mut body = format!("<{operation}Response xmlns=\"{namespace}\"><{operation}Result>");
            xml::content(&mut body, &cbor::plain_moments(result, protocol), "member");
            body.push_str(&format!(
                "</{operation}Result><ResponseMetadata><RequestId>{request_id}</RequestId></ResponseMetadata></{operation}Response>"
            ));
            body
        }
        Protocol::Ec2 { namespace } => {
            let mut body =
                format!("<{operation}Response xmlns=\"{namespace}\"><requestId>{request_id}</requestId>");
            xml::content(&mut body, result, "item");
            body.push_str(&format!("</{operation}Response>"));
            body
        }
    };
    answer(200, "text/xml;charset=UTF-8", request_id, body.into_bytes())
}

/// Much faster than the tree's `Display`, which goes through a formatter character by character.
fn json_text(tree: &Value) -> Vec<u8> {
    serde_json::to_vec(tree).unwrap_or_default()
}

fn failure(protocol: Protocol, request_id: &str, fault: &Fault) -> HttpAnswer {
    if protocol == Protocol::Json11 {
        let body = json_text(&json!({"__type": fault.code, "message": fault.message}));
        let mut answer = answer(fault.status, "application/x-amz-json-1.1", request_id, body);
        answer.headers.push(("x-amzn-errortype", fault.code.clone()));
        return answer;
    }
    if protocol == Protocol::RestJson {
        // Both spellings: a service's own faults have `Message`, those of the front door `message`.
        let (code, text) = (&fault.code, &fault.message);
        let body = json_text(&json!({"ErrorCode": code, "Message": text, "message": text}));
        let mut answer = answer(fault.status, "application/json", request_id, body);
        answer.headers.push(("x-amzn-errortype", fault.code.clone()));
        return answer;
    }
    if matches!(protocol, Protocol::Cbor { .. } | Protocol::Json10) {
        return query_compatible(protocol, request_id, fault);
    }
    let error = json!({"Code": cbor::query_code(&fault.code), "Message": fault.message});
    let side = if fault.status < 500 { "Sender" } else { "Receiver" };
    let mut body = String::new();
    match protocol {
        Protocol::Ec2 { .. } => {
            body.push_str("<Response><Errors><Error>");
            xml::content(&mut body, &error, "item");
            body.push_str(&format!("</Error></Errors><RequestID>{request_id}</RequestID></Response>"));
        }
        Protocol::Query { .. }
        | Protocol::Json11
        | Protocol::Json10
        | Protocol::RestJson
        | Protocol::RestXml
        | Protocol::Cbor { .. } => {
            let of = match protocol {
                Protocol::Query { namespace } => format!(" xmlns=\"{namespace}\""),
                _ => String::new(),
            };
            body.push_str(&format!("<ErrorResponse{of}><Error><Type>{side}</Type>"));
            xml::content(&mut body, &error, "member");
            body.push_str(&format!("</Error><RequestId>{request_id}</RequestId></ErrorResponse>"));
        }
    }
    answer(fault.status, "text/xml;charset=UTF-8", request_id, body.into_bytes())
}

/// An error of a service that has left the Query protocol: beside its own code, the one it had there.
fn query_compatible(protocol: Protocol, request_id: &str, fault: &Fault) -> HttpAnswer {
    let error = json!({"__type": fault.code, "message": fault.message});
    let mut answer = match protocol {
        Protocol::Cbor { .. } => in_cbor(fault.status, request_id, &error),
        _ => answer(fault.status, "application/x-amz-json-1.0", request_id, json_text(&error)),
    };
    let side = if fault.status < 500 { "Sender" } else { "Receiver" };
    answer.headers.push(("x-amzn-query-error", format!("{};{side}", cbor::query_code(&fault.code))));
    answer
}

fn in_cbor(status: u16, request_id: &str, tree: &Value) -> HttpAnswer {
    HttpAnswer {
        status,
        headers: vec![
            ("content-type", "application/cbor".to_owned()),
            ("smithy-protocol", "rpc-v2-cbor".to_owned()),
            ("x-amzn-requestid", request_id.to_owned()),
        ],
        body: cbor::encode(tree),
    }
}

fn answer(status: u16, content_type: &str, request_id: &str, body: Vec<u8>) -> HttpAnswer {
    HttpAnswer {
        status,
        headers: vec![("content-type", content_type.to_owned()), ("x-amzn-requestid", request_id.to_owned())],
        body,
    }
}
