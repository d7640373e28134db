//! Which intrinsic function an object is, and whether its arguments have the right shape.

use serde_json::{Map, Value};

use super::extend::FOR_EACH;
use super::fault::{invalid, misused};
use crate::core::fault::Fault;

/// A call of an intrinsic function, its arguments not yet evaluated.
#[derive(Debug, Clone, Copy)]
pub(super) enum Call<'v> {
    Ref(&'v str),
    /// The attribute is a text, or a `Ref` of a parameter.
    GetAtt(&'v str, Attribute<'v>),
    /// A text and the names of its own.
    Sub(&'v str, Option<&'v Map<String, Value>>),
    Join(&'v str, &'v Value),
    Select(&'v Value, &'v Value),
    Split(&'v str, &'v Value),
    /// Map, first key, second key, and what else.
    FindInMap([&'v Value; 3], Option<&'v Value>),
    If(&'v str, &'v Value, &'v Value),
    Base64(&'v Value),
    /// Block, count, bits.
    Cidr([&'v Value; 3]),
    GetAzs(&'v Value),
    ImportValue(&'v Value),
    Length(&'v Value),
    ToJsonString(&'v Value),
    /// `Fn::Equals` and the like: see `condition.rs`.
    Decision(Decision<'v>),
    /// `Fn::RefAll`, `Fn::ValueOf`, `Fn::ValueOfAll`: see `rule.rs`.
    Facts(&'v str, &'v Value),
}

impl<'v> Call<'v> {
    /// The values it works on.
    pub(super) fn operands(&self) -> Vec<&'v Value> {
        match *self {
            Self::Ref(_) | Self::GetAtt(_, Attribute::Named(_)) | Self::Sub(_, None) => Vec::new(),
            Self::GetAtt(_, Attribute::Computed(value))
            | Self::Join(_, value)
            | Self::Split(_, value)
            | Self::Base64(value)
            | Self::GetAzs(value)
            | Self::ImportValue(value)
            | Self::Length(value)
            | Self::ToJsonString(value)
            | Self::Facts(_, value) => vec![value],
            Self::Sub(_, Some(names)) => names.values().collect(),
            Self::Select(first, second) | Self::If(_, first, second) => vec![first, second],
            Self::FindInMap(keys, otherwise) => keys.into_iter().chain(otherwise).collect(),
            Self::Cidr(values) => values.to_vec(),
            Self::Decision(decision) => decision.operands(),
        }
    }
}

/// What a `Fn::GetAtt` asks for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute<'v> {
    Named(&'v str),
    Computed(&'v Value),
}

/// A function that comes to true or false.
#[derive(Debug, Clone, Copy)]
pub(super) enum Decision<'v> {
    And(&'v [Value]),
    Or(&'v [Value]),
    Not(&'v Value),
    Equals(&'v Value, &'v Value),
    Contains(&'v Value, &'v Value),
    EachMemberEquals(&'v Value, &'v Value),
    EachMemberIn(&'v Value, &'v Value),
}

impl<'v> Decision<'v> {
    /// The values it works on.
    pub(super) fn operands(&self) -> Vec<&'v Value> {
        match *self {
            Self::And(list) | Self::Or(list) => list.iter().collect(),
            Self::Not(one) => vec![one],
            Self::Equals(a, b)
            | Self::Contains(a, b)
            | Self::EachMemberEquals(a, b)
            | Self::EachMemberIn(a, b) => {
                vec![a, b]
            }
        }
    }

    /// As a template spells it.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::And(_) => "Fn::And",
            Self::Or(_) => "Fn::Or",
            Self::Not(_) => "Fn::Not",
            Self::Equals(..) => "Fn::Equals",
            Self::Contains(..) => "Fn::Contains",
            Self::EachMemberEquals(..) => "Fn::EachMemberEquals",
            Self::EachMemberIn(..) => "Fn::EachMemberIn",
        }
    }
}

/// The functions that AWS names when it meets another.
const SUPPORTED: &str = "Fn::Base64, Fn::GetAtt, Fn::GetAZs, Fn::ImportValue, Fn::Join, Fn::Split, Fn::FindInMap, \
    Fn::Select, Ref, Fn::Equals, Fn::If, Fn::Not, Condition, Fn::And, Fn::Or, Fn::Contains, Fn::EachMemberEquals, \
    Fn::EachMemberIn, Fn::ValueOf, Fn::ValueOfAll, Fn::RefAll, Fn::Sub, Fn::Cidr";

/// The function that a value calls, if it is an object with nothing but a function's name. `extended`: the template
/// names the transform `AWS::LanguageExtensions`.
pub(super) fn call(value: &Value, extended: bool) -> Result<Option<Call<'_>>, Fault> {
    let Value::Object(members) = value else { return Ok(None) };
    // These two stand beside other members.
    if members.contains_key("Fn::Transform") {
        return Err(invalid(
            "Fn::Transform is not supported in the practice cloud: AWS::Include and macros run outside of it",
        ));
    }
    if let Some(each) = members.keys().find(|name| name.starts_with(FOR_EACH)) {
        return Err(unsupported(each));
    }
    let Some((name, argument)) = members.iter().next().filter(|_| members.len() == 1) else {
        return Ok(None);
    };
    if name != "Ref" && !is_function(name) {
        return Ok(None);
    }
    let call = match name.as_str() {
        "Ref" => argument
            .as_str()
            .filter(|name| !name.is_empty())
            .map(Call::Ref)
            .ok_or_else(|| misused("every Ref object must have a single String value."))?,
        "Fn::GetAtt" => get_att(argument)?,
        "Fn::Sub" => sub(argument)?,
        "Fn::Base64" => Call::Base64(argument),
        "Fn::GetAZs" => Call::GetAzs(argument),
        "Fn::ImportValue" => Call::ImportValue(argument),
        "Fn::Length" if extended => Call::Length(argument),
        "Fn::ToJsonString" if extended => Call::ToJsonString(argument),
        "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll" => Call::Facts(name, argument),
        other => match listed(other, argument, extended)? {
            Some(call) => call,
            None => return Err(unsupported(other)),
        },
    };
    Ok(Some(call))
}

fn unsupported(function: &str) -> Fault {
    invalid(format!(
        "Template Error: Encountered unsupported function: {function} Supported functions are: [{SUPPORTED}]"
    ))
}

/// Whether a name is one of functions, known or not.
pub(super) fn is_function(name: &str) -> bool {
    name.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("fn::"))
}

/// Functions whose argument is a list.
fn listed<'v>(name: &str, argument: &'v Value, extended: bool) -> Result<Option<Call<'v>>, Fault> {
    let list = argument.as_array().map_or(&[][..], Vec::as_slice);
    let found = match name {
        "Fn::Join" => {
            text_and(list).filter(|(_, rest)| many(rest)).map(|(text, rest)| Call::Join(text, rest))
        }
        "Fn::Split" => text_and(list)
            .filter(|(text, rest)| !text.is_empty() && !rest.is_array())
            .map(|(text, rest)| Call::Split(text, rest)),
        "Fn::Select" => pair(list)
            .filter(|(index, from)| !index.is_array() && many(from))
            .map(|(index, from)| Call::Select(index, from)),
        "Fn::FindInMap" => find_in_map(list, extended),
        "Fn::If" => match list {
            [Value::String(name), yes, no] => Some(Call::If(name, yes, no)),
            _ => None,
        },
        "Fn::Cidr" => match list {
            [block, count, bits] => Some(Call::Cidr([block, count, bits])),
            _ => None,
        },
        "Fn::And" => (2..=10).contains(&list.len()).then_some(Call::Decision(Decision::And(list))),
        "Fn::Or" => (2..=10).contains(&list.len()).then_some(Call::Decision(Decision::Or(list))),
        "Fn::Not" => match list {
            [one] => Some(Call::Decision(Decision::Not(one))),
            _ => None,
        },
        "Fn::Equals" => pair(list).map(|(a, b)| Call::Decision(Decision::Equals(a, b))),
        "Fn::Contains" => pair(list).map(|(a, b)| Call::Decision(Decision::Contains(a, b))),
        "Fn::EachMemberEquals" => pair(list).map(|(a, b)| Call::Decision(Decision::EachMemberEquals(a, b))),
        "Fn::EachMemberIn" => pair(list).map(|(a, b)| Call::Decision(Decision::EachMemberIn(a, b))),
        _ => return Ok(None),
    };
    found.map(Some).ok_or_else(|| misused(wanted(name)))
}

/// How AWS states what a function takes.
fn wanted(name: &str) -> String {
    match name {
        "Fn::Join" => {
            "every Fn::Join object requires two parameters, (1) a string delimiter and (2) a list of strings \
            to be joined or a function that returns a list of strings (such as Fn::GetAZs) to be joined."
                .to_owned()
        }
        "Fn::Split" => {
            "every Fn::Split object requires two parameters, (1) a string delimiter and (2) a string to be \
            split or a function that returns a string to be split."
                .to_owned()
        }
        "Fn::Select" => {
            "Fn::Select requires a list argument with two elements: an integer index and a list".to_owned()
        }
        "Fn::FindInMap" => {
            "every Fn::FindInMap object requires three parameters, the map name, map key and the \
            attribute for return value."
                .to_owned()
        }
        "Fn::If" => "Fn::If requires a list argument with three elements".to_owned(),
        "Fn::Cidr" => {
            "every Fn::Cidr object requires three parameters, (1) an IP address block, (2) a count and \
            (3) the number of subnet bits."
                .to_owned()
        }
        "Fn::And" | "Fn::Or" => {
            format!("every {name} object requires a list of at least 2 and at most 10 boolean parameters.")
        }
        "Fn::Not" => "every Fn::Not object requires one boolean parameter.".to_owned(),
        "Fn::Equals" => "every Fn::Equals object requires a list of 2 string parameters.".to_owned(),
        other => format!("every {other} object requires a list of 2 parameters."),
    }
}

fn pair(list: &[Value]) -> Option<(&Value, &Value)> {
    match list {
        [first, second] => Some((first, second)),
        _ => None,
    }
}

/// A list, or a function that may come to one.
fn many(value: &Value) -> bool {
    value.is_array() || value.is_object()
}

fn text_and(list: &[Value]) -> Option<(&str, &Value)> {
    match list {
        [Value::String(text), rest] => Some((text, rest)),
        _ => None,
    }
}

fn find_in_map(list: &[Value], extended: bool) -> Option<Call<'_>> {
    match list {
        [map, first, second] => Some(Call::FindInMap([map, first, second], None)),
        [map, first, second, Value::Object(otherwise)] if extended && otherwise.len() == 1 => {
            otherwise.get("DefaultValue").map(|value| Call::FindInMap([map, first, second], Some(value)))
        }
        _ => None,
    }
}

fn get_att(argument: &Value) -> Result<Call<'_>, Fault> {
    let two = || {
        misused(
            "every Fn::GetAtt object requires two non-empty parameters, the resource name and the resource attribute",
        )
    };
    match argument {
        Value::String(text) => text
            .split_once('.')
            .filter(|(resource, attribute)| !resource.is_empty() && !attribute.is_empty())
            .map(|(resource, attribute)| Call::GetAtt(resource, Attribute::Named(attribute)))
            .ok_or_else(|| {
                misused(
                    "if specifying one argument to Fn::GetAtt, that argument must be a non-empty string in format \
                     <LogicalId>.<Attribute>",
                )
            }),
        Value::Array(list) => match list.as_slice() {
            [Value::String(resource), Value::String(attribute)]
                if !resource.is_empty() && !attribute.is_empty() =>
            {
                Ok(Call::GetAtt(resource, Attribute::Named(attribute)))
            }
            [Value::String(resource), computed @ Value::Object(members)]
                if !resource.is_empty() && members.contains_key("Ref") =>
            {
                Ok(Call::GetAtt(resource, Attribute::Computed(computed)))
            }
            _ => Err(two()),
        },
        _ => Err(two()),
    }
}

fn sub(argument: &Value) -> Result<Call<'_>, Fault> {
    let list = argument.as_array().map_or(&[][..], Vec::as_slice);
    match (argument, list) {
        (Value::String(text), _) => Ok(Call::Sub(text, None)),
        (_, [Value::String(text), Value::Object(names)]) => Ok(Call::Sub(text, Some(names))),
        _ => Err(misused(
            "One or more Fn::Sub intrinsic functions don't specify expected arguments. Specify a string as first \
             argument, and an optional second argument to specify a mapping of values to replace in the string",
        )),
    }
}

/// A piece of the text of a `Fn::Sub`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'v> {
    Literal(&'v str),
    /// `${Name}`, `${Resource.Attribute}`.
    Name(&'v str),
}

/// Takes the text of a `Fn::Sub` apart; `${!Literal}` comes to `${Literal}`.
pub(super) fn pieces(text: &str) -> Result<Vec<Piece<'_>>, Fault> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, after) = rest.split_at(start);
        let Some(end) = after.find('}') else { break };
        pieces.push(Piece::Literal(before));
        let inside = &after[2..end];
        match inside.strip_prefix('!') {
            Some(literal) => {
                pieces.push(Piece::Literal("${"));
                pieces.push(Piece::Literal(literal));
                pieces.push(Piece::Literal("}"));
            }
            None => pieces.push(Piece::Name(name(inside)?)),
        }
        rest = &after[end + 1..];
    }
    pieces.push(Piece::Literal(rest));
    Ok(pieces)
}

fn name(inside: &str) -> Result<&str, Fault> {
    let name = inside.trim();
    let taken = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | ':');
    if name.is_empty() || !name.chars().all(taken) {
        return Err(misused(
            "variable names in Fn::Sub syntax must contain only alphanumeric characters, underscores, periods, and \
             colons",
        ));
    }
    Ok(name)
}

/// A text, number or boolean as text: CloudFormation's values are texts.
pub(super) fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// The pseudo parameters, but for `AWS::NoValue`.
pub(super) const PSEUDO: [&str; 7] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

/// The pseudo parameter that takes away what it stands for.
pub(super) const NO_VALUE: &str = "AWS::NoValue";
