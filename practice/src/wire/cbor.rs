//! `rpcv2Cbor` (Smithy RPC v2 CBOR) over the same neutral tree as the other protocols: the path names the operation,
//! both bodies are CBOR (RFC 8949). Byte strings, and tags other than 1 (a time), have no place in what is spoken here
//! and are refused. At most [`MAX_DEPTH`] deep and [`MAX_ITEMS`] data items.

use minicbor::data::{Tag, Type};
use minicbor::{Decoder, Encoder};
use serde_json::{Map, Number, Value};

use super::Protocol;
use crate::core::time::{MOMENT, Time};

/// Deepest nesting of lists and structures.
const MAX_DEPTH: usize = 32;
/// Most data items in one body.
const MAX_ITEMS: usize = 100_000;
/// Service names of paths, and the signing names they stand for.
const SERVICES: [(&str, &str); 1] = [("GraniteServiceVersion20100801", "monitoring")];
/// The tag of seconds since the epoch.
const EPOCH: u64 = 1;

/// A body that is not CBOR, or not of the kind spoken here, or beyond the limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("The request body is not valid CBOR.")]
pub struct BadCbor;

impl From<minicbor::decode::Error> for BadCbor {
    fn from(_: minicbor::decode::Error) -> Self {
        Self
    }
}

/// Signing name and operation in `/service/<service>/operation/<operation>`; None for another path, and for a service
/// that does not speak so.
pub fn target(path: &str) -> Option<(&'static str, &str)> {
    let rest = path.strip_prefix("/service/")?;
    let (name, operation) = rest.split_once("/operation/")?;
    let (_, service) = SERVICES.iter().find(|(known, _)| *known == name)?;
    Some((service, operation))
}

/// How a service whose own protocol is `own` answers: `rpcv2Cbor` services still serve clients of their older
/// protocols, each in the one it asked in.
pub fn answered_in(own: Protocol, spoken: Protocol) -> Protocol {
    match (own, spoken) {
        (Protocol::Cbor { namespace }, Protocol::Query { .. }) => Protocol::Query { namespace },
        (Protocol::Cbor { .. }, Protocol::Json11) => Protocol::Json10,
        (own, _) => own,
    }
}

/// Reads a body; an empty one is an empty structure.
pub fn decode(body: &[u8]) -> Result<Value, BadCbor> {
    if body.is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let mut decoder = Decoder::new(body);
    let mut left = MAX_ITEMS;
    let value = item(&mut decoder, 0, &mut left)?;
    if decoder.position() == body.len() { Ok(value) } else { Err(BadCbor) }
}

fn item(decoder: &mut Decoder<'_>, depth: usize, left: &mut usize) -> Result<Value, BadCbor> {
    *left = left.checked_sub(1).filter(|_| depth <= MAX_DEPTH).ok_or(BadCbor)?;
    Ok(match decoder.datatype()? {
        Type::Bool => Value::Bool(decoder.bool()?),
        Type::Null => {
            decoder.null()?;
            Value::Null
        }
        Type::Undefined => {
            decoder.undefined()?;
            Value::Null
        }
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => decoder.u64()?.into(),
        Type::I8 | Type::I16 | Type::I32 | Type::I64 => decoder.i64()?.into(),
        Type::F16 => number(f64::from(decoder.f16()?)),
        Type::F32 => number(f64::from(decoder.f32()?)),
        Type::F64 => number(decoder.f64()?),
        Type::String | Type::StringIndef => text(decoder, left)?,
        Type::Array | Type::ArrayIndef => list(decoder, depth, left)?,
        Type::Map | Type::MapIndef => structure(decoder, depth, left)?,
        Type::Tag => {
            if decoder.tag()? != Tag::new(EPOCH) {
                return Err(BadCbor);
            }
            match item(decoder, depth + 1, left)? {
                seconds @ Value::Number(_) => seconds,
                _ => return Err(BadCbor),
            }
        }
        _ => return Err(BadCbor),
    })
}

/// JSON has no form for NaN and the infinities: they go as text, which a number is read from just the same.
fn number(value: f64) -> Value {
    Number::from_f64(value).map_or_else(|| Value::String(value.to_string()), Value::Number)
}

fn text(decoder: &mut Decoder<'_>, left: &mut usize) -> Result<Value, BadCbor> {
    let mut whole = String::new();
    for part in decoder.str_iter()? {
        *left = left.checked_sub(1).ok_or(BadCbor)?;
        whole.push_str(part?);
    }
    Ok(Value::String(whole))
}

/// Whether the list or structure goes on; takes the mark that ends one of unknown length.
fn goes_on(decoder: &mut Decoder<'_>, length: Option<u64>, read: u64) -> Result<bool, BadCbor> {
    if let Some(length) = length {
        return Ok(read < length);
    }
    if decoder.datatype()? != Type::Break {
        return Ok(true);
    }
    decoder.set_position(decoder.position() + 1);
    Ok(false)
}

fn list(decoder: &mut Decoder<'_>, depth: usize, left: &mut usize) -> Result<Value, BadCbor> {
    let (length, mut items) = (decoder.array()?, Vec::new());
    while goes_on(decoder, length, items.len() as u64)? {
        items.push(item(decoder, depth + 1, left)?);
    }
    Ok(Value::Array(items))
}

fn structure(decoder: &mut Decoder<'_>, depth: usize, left: &mut usize) -> Result<Value, BadCbor> {
    let (length, mut members, mut read) = (decoder.map()?, Map::new(), 0);
    while goes_on(decoder, length, read)? {
        let Value::String(name) = text(decoder, left)? else { return Err(BadCbor) };
        members.insert(name, item(decoder, depth + 1, left)?);
        read += 1;
    }
    Ok(Value::Object(members))
}

/// Writes a tree. Nulls are left out of structures; moments are tagged.
pub fn encode(tree: &Value) -> Vec<u8> {
    let mut encoder = Encoder::new(Vec::new());
    put(&mut encoder, tree);
    encoder.into_writer()
}

/// A `Vec` takes everything, so that no step of writing can fail.
fn put(encoder: &mut Encoder<Vec<u8>>, tree: &Value) {
    let _ = match tree {
        Value::Null => encoder.null().map(drop),
        Value::Bool(flag) => encoder.bool(*flag).map(drop),
        Value::String(text) => encoder.str(text).map(drop),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(whole), _) => encoder.i64(whole).map(drop),
            (None, Some(whole)) => encoder.u64(whole).map(drop),
            (None, None) => encoder.f64(number.as_f64().unwrap_or_default()).map(drop),
        },
        Value::Array(items) => {
            let begun = encoder.array(items.len() as u64).map(drop);
            for child in items {
                put(encoder, child);
            }
            begun
        }
        Value::Object(members) => {
            if let Some(at) = moment(members) {
                encoder.tag(Tag::new(EPOCH)).and_then(|encoder| encoder.f64(seconds(at))).map(drop)
            } else {
                let members: Vec<_> = members.iter().filter(|(_, child)| !child.is_null()).collect();
                let begun = encoder.map(members.len() as u64).map(drop);
                for (name, child) in members {
                    let _ = encoder.str(name);
                    put(encoder, child);
                }
                begun
            }
        }
    };
}

fn moment(members: &Map<String, Value>) -> Option<Time> {
    if members.len() == 1 { members.get(MOMENT)?.as_i64().map(Time) } else { None }
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds of any real date fit an f64 exactly")]
fn seconds(at: Time) -> f64 {
    at.0 as f64 / 1000.0
}

/// The moments in a tree in the form that JSON and XML have for them: seconds since the epoch, or ISO 8601.
pub fn plain_moments(tree: &Value, protocol: Protocol) -> Value {
    match tree {
        Value::Array(items) => items.iter().map(|child| plain_moments(child, protocol)).collect(),
        Value::Object(members) => match moment(members) {
            Some(at) if protocol == Protocol::Json10 => {
                Number::from_f64(seconds(at)).map_or(Value::Null, Value::Number)
            }
            Some(at) => Value::String(at.iso()),
            None => Value::Object(
                members
                    .iter()
                    .filter(|(_, child)| !child.is_null())
                    .map(|(name, child)| (name.clone(), plain_moments(child, protocol)))
                    .collect(),
            ),
        },
        other => other.clone(),
    }
}

/// The code that a modelled error had in the Query protocol (trait `awsQueryError`), which clients of today still show.
pub fn query_code(code: &str) -> &str {
    match code {
        "DashboardInvalidInputError" => "InvalidParameterInput",
        "DashboardNotFoundError" => "ResourceNotFound",
        "InternalServiceFault" => "InternalServiceError",
        "InvalidFormatFault" => "InvalidFormat",
        "InvalidParameterCombinationException" => "InvalidParameterCombination",
        "InvalidParameterValueException" => "InvalidParameterValue",
        "LimitExceededFault" => "LimitExceeded",
        "MissingRequiredParameterException" => "MissingParameter",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn trees_come_back() {
        let tree = json!({"a": [1, -2, 2.5, true, "x"], "s": {"t": ""}, "big": u64::MAX});
        assert_eq!(decode(&encode(&tree)), Ok(tree));
        assert_eq!(decode(&encode(&json!({"gone": null}))), Ok(json!({})));
        assert_eq!(decode(&[]), Ok(json!({})));
    }

    #[test]
    fn moments_are_tagged_and_read_as_seconds() {
        let bytes = encode(&json!({"At": {MOMENT: 1_500}}));
        assert_eq!(bytes, b"\xa1\x62At\xc1\xfb\x3f\xf8\0\0\0\0\0\0");
        assert_eq!(decode(&bytes), Ok(json!({"At": 1.5})));
    }

    #[test]
    fn lengths_may_be_unknown() {
        assert_eq!(decode(b"\xbf\x61a\x9f\x01\xf9\x3c\x00\xff\xff"), Ok(json!({"a": [1, 1.0]})));
        assert_eq!(decode(b"\x7f\x61a\x61b\xff"), Ok(json!("ab")));
    }

    #[test]
    fn hostile_bodies_are_refused() {
        let deep = [vec![0x81; 40], vec![0x01]].concat();
        let wide = [vec![0x9f], vec![0x01; MAX_ITEMS + 1], vec![0xff]].concat();
        let claims: &[u8] = b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff\x01";
        for body in
            [&deep, &wide, claims, b"\x01\x01", b"\x41a", b"\xc2\x01", b"\xc1\x61a", b"\xa1\x01\x01", b"\xff"]
        {
            assert_eq!(decode(body), Err(BadCbor), "{:?}", body.get(..4));
        }
        assert_eq!(decode(b"\xfb\x7f\xf8\0\0\0\0\0\0"), Ok(json!("NaN")));
    }
}
