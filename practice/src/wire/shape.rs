//! A tree into an operation's typed input. Query protocols carry text only, so numbers and booleans are read out
//! of it, and an empty text stands for an empty list, as the AWS CLI sends it.

use std::fmt;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeOwned, IntoDeserializer, Visitor};
use serde_json::Value;

/// Why an input does not fit its shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ShapeError {
    /// A required member is missing; its wire name.
    Missing(String),
    /// A member is of the wrong type or value.
    Malformed(String),
}

impl fmt::Display for ShapeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(name) => write!(f, "missing {name}"),
            Self::Malformed(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for ShapeError {}

impl de::Error for ShapeError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Malformed(message.to_string())
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field.to_owned())
    }
}

/// Reads `tree` as `T`. Members that `T` does not name are ignored; an explicit null is an absent member.
pub fn read<T: DeserializeOwned>(tree: Value) -> Result<T, ShapeError> {
    T::deserialize(Lenient(tree))
}

struct Lenient(Value);

impl IntoDeserializer<'_, ShapeError> for Lenient {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl Lenient {
    fn parse<T: std::str::FromStr>(text: &str, what: &str) -> Result<T, ShapeError> {
        text.trim().parse().map_err(|_| ShapeError::Malformed(format!("'{text}' is not {what}")))
    }
}

macro_rules! number {
    ($($method:ident => $visit:ident),*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
            match self.0 {
                Value::String(text) => visitor.$visit(Self::parse(&text, "a number")?),
                // JSON clients may write 3.0 for 3.
                Value::Number(n) if n.is_f64() && stringify!($method) != "deserialize_f64" => {
                    visitor.$visit(Self::parse(&format!("{}", n.as_f64().unwrap_or_default()), "a whole number")?)
                }
                other => other.$method(visitor).map_err(de::Error::custom),
            }
        }
    )*};
}

impl<'de> de::Deserializer<'de> for Lenient {
    type Error = ShapeError;

    number! {
        deserialize_i32 => visit_i32, deserialize_i64 => visit_i64, deserialize_u16 => visit_u16,
        deserialize_u32 => visit_u32, deserialize_u64 => visit_u64, deserialize_f64 => visit_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0 {
            Value::Object(_) => self.deserialize_map(visitor),
            Value::Array(_) => self.deserialize_seq(visitor),
            other => other.deserialize_any(visitor).map_err(de::Error::custom),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0 {
            Value::String(text) => {
                visitor.visit_bool(Self::parse(&text.to_ascii_lowercase(), "true or false")?)
            }
            other => other.deserialize_bool(visitor).map_err(de::Error::custom),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        if self.0.is_null() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0 {
            Value::Array(items) => visitor.visit_seq(SeqDeserializer::new(items.into_iter().map(Lenient))),
            Value::String(text) if text.is_empty() => {
                visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Lenient>()))
            }
            _ => Err(ShapeError::Malformed("a list was expected".to_owned())),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, ShapeError> {
        match self.0 {
            Value::Object(members) => visitor.visit_map(MapDeserializer::new(
                members
                    .into_iter()
                    .filter(|(_, value)| !value.is_null())
                    .map(|(key, value)| (key, Lenient(value))),
            )),
            Value::String(text) if text.is_empty() => {
                visitor.visit_map(MapDeserializer::new(std::iter::empty::<(String, Lenient)>()))
            }
            _ => Err(ShapeError::Malformed("a structure was expected".to_owned())),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, ShapeError> {
        self.0.deserialize_enum(name, variants, visitor).map_err(de::Error::custom)
    }

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "PascalCase")]
    struct Input {
        min_size: i32,
        on: Option<bool>,
        #[serde(default)]
        names: Vec<String>,
    }

    #[test]
    fn text_is_read_as_what_the_shape_wants() {
        let input: Input = read(json!({"MinSize": "3", "On": "true", "Names": ""})).unwrap();
        assert_eq!(input, Input { min_size: 3, on: Some(true), names: vec![] });
        let input: Input = read(json!({"MinSize": 3.0, "On": null, "Names": ["a"]})).unwrap();
        assert_eq!(input, Input { min_size: 3, on: None, names: vec!["a".to_owned()] });
    }

    #[test]
    fn misfits_say_what_is_wrong() {
        assert_eq!(read::<Input>(json!({})), Err(ShapeError::Missing("MinSize".to_owned())));
        assert!(matches!(read::<Input>(json!({"MinSize": "x"})), Err(ShapeError::Malformed(_))));
        assert!(matches!(read::<Input>(json!({"MinSize": [1]})), Err(ShapeError::Malformed(_))));
    }
}
