//! AWS's wire protocols in front of one neutral tree ([`serde_json::Value`]): requests are decoded into it,
//! answers encoded from it. Services never see bytes, XML or query strings.
//!
//! - [`request`]: an HTTP request as plain data, and which service, operation and region it means
//! - [`cbor`]: RPC v2 CBOR
//! - [`query`]: AWS Query and EC2 Query parameters into a tree
//! - [`rest`]: methods and paths into operations and trees; [`rest_xml`] the same for Amazon S3, with [`xml_in`]
//! - [`shape`]: a tree into an operation's typed input
//! - [`xml`], [`answer`]: results and faults out
//! - [`sigv4`], [`refusal`]: who signed it, and what each service says when that cannot be told

pub mod answer;
pub mod cbor;
pub mod query;
pub mod refusal;
pub mod request;
pub mod rest;
pub mod rest_xml;
pub mod shape;
pub mod sigv4;
pub mod xml;
pub mod xml_in;

/// How a service speaks. Follows the protocol traits of Smithy 2.0 ("AWS protocols").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `awsJson1.1`: `X-Amz-Target`, JSON both ways.
    Json11,
    /// `awsJson1.0`: only as an older protocol of a service that speaks [`Protocol::Cbor`].
    Json10,
    /// `rpcv2Cbor`: the path, CBOR both ways. Its services still answer `awsJson1.0` and `awsQuery` clients.
    Cbor {
        /// XML namespace of the answers in `awsQuery`.
        namespace: &'static str,
    },
    /// `awsQuery`: form in, XML out, lists as `member`.
    Query {
        /// XML namespace of the answer.
        namespace: &'static str,
    },
    /// `ec2Query`: form in, XML out, lists as `item`.
    Ec2 {
        /// XML namespace of the answer.
        namespace: &'static str,
    },
    /// `restJson1`: method and path, JSON both ways.
    RestJson,
    /// `restXml`: method, bucket and key; bytes or XML both ways.
    RestXml,
}
