//! JSON with a limit on depth and size, in which no name may be there twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::document::{MAX_DEPTH, MAX_NODES};
use super::fault::malformed;
use crate::core::fault::Fault;

/// Reads one JSON value.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let mut count = 0;
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = Reader { depth: 0, count: &mut count }
        .deserialize(&mut reader)
        .and_then(|tree| reader.end().map(|()| tree));
    read.map_err(|error| {
        let place = format!("(line {}, column {})", error.line(), error.column());
        let said = error.to_string();
        match said.split_once(OURS) {
            // What is well-formed JSON, but not taken.
            Some((_, reason)) => {
                let reason = reason.split(" at line ").next().unwrap_or(reason);
                malformed(format!("{reason} {place}"))
            }
            None => malformed(format!("JSON not well-formed. {place}")),
        }
    })
}

/// Begins a message of our own among those of serde.
const OURS: &str = "template: ";

struct Reader<'c> {
    depth: usize,
    count: &'c mut usize,
}

impl Reader<'_> {
    fn child(&mut self) -> Reader<'_> {
        Reader { depth: self.depth + 1, count: self.count }
    }

    fn counted<E: Error>(&mut self) -> Result<(), E> {
        *self.count += 1;
        if *self.count > MAX_NODES {
            return Err(E::custom(format!("{OURS}more than {MAX_NODES} values")));
        }
        if self.depth > MAX_DEPTH {
            return Err(E::custom(format!("{OURS}nested deeper than {MAX_DEPTH} levels")));
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.counted()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self.child())? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if map.contains_key(&name) {
                return Err(A::Error::custom(format!("{OURS}Duplicate key {name}")));
            }
            let value = members.next_value_seed(self.child())?;
            map.insert(name, value);
        }
        Ok(Value::Object(map))
    }
}
