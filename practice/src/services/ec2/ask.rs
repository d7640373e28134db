//! What every Describe shares: ids, filters, paging; and the tags given to every Create. Follows "List and filter
//! your resources" and "Pagination" of the Amazon EC2 guides.

use serde::Deserialize;
use serde_json::{Value, json};

use super::fault;
use crate::core::fault::Fault;
use crate::core::page::{Page, page};
use crate::core::tag::Tags;
use crate::world::View;

/// Most values over all filters of a request.
const MAX_FILTER_VALUES: usize = 200;
/// Most tags of a resource.
const MAX_TAGS: usize = 50;
/// Largest page, and the page when none is asked for.
const MAX_RESULTS: usize = 1000;

/// The input of a Describe operation. Each operation has one of the names of ids, or two kinds of name.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Asked {
    #[serde(
        alias = "AllocationId",
        alias = "GroupId",
        alias = "ImageId",
        alias = "InstanceId",
        alias = "InternetGatewayId",
        alias = "InstanceType",
        alias = "KeyPairId",
        alias = "LaunchTemplateId",
        alias = "DhcpOptionsId",
        alias = "NatGatewayId",
        alias = "NetworkAclId",
        alias = "NetworkInterfaceId",
        alias = "PrefixListId",
        alias = "RouteTableId",
        alias = "SecurityGroupRuleId",
        alias = "SubnetId",
        alias = "VolumeId",
        alias = "VpcEndpointId",
        alias = "VpcId",
        alias = "ZoneId"
    )]
    pub(crate) ids: Vec<String>,
    #[serde(
        alias = "GroupName",
        alias = "KeyName",
        alias = "LaunchTemplateName",
        alias = "PublicIp",
        alias = "RegionName",
        alias = "ServiceName",
        alias = "ZoneName"
    )]
    pub(crate) names: Vec<String>,
    #[serde(rename = "Filter")]
    pub(crate) filters: Vec<Filter>,
    #[serde(rename = "MaxResults")]
    pub(crate) max_results: Option<i64>,
    #[serde(rename = "NextToken")]
    pub(crate) next_token: Option<String>,
    /// `DescribeImages`
    #[serde(rename = "Owner")]
    pub(crate) owners: Vec<String>,
    /// `DescribeInstanceStatus`
    #[serde(rename = "IncludeAllInstances")]
    pub(crate) include_all: Option<bool>,
}

/// One filter: any of its values, which may hold `*` and `?`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Filter {
    name: String,
    #[serde(rename = "Value")]
    values: Vec<String>,
}

/// Something that can be described.
pub(crate) trait Noun {
    /// The names of its filters, besides those for tags.
    const FILTERS: &'static [&'static str];
    /// Prefix of its ids, for faults.
    const KIND: &'static str;

    /// Its id.
    fn id(&self) -> &str;

    /// What a filter of that name looks at.
    fn values(&self, view: &View<'_>, filter: &str) -> Vec<String>;
}

/// The page of what is asked for among `all`, which must be ordered by id.
pub(crate) fn select<'v, N: Noun>(
    view: &View<'v>,
    all: impl Iterator<Item = &'v N> + Clone,
    asked: &Asked,
) -> Result<Page<&'v N>, Fault> {
    check_filters::<N>(&asked.filters)?;
    if let Some(id) = asked.ids.iter().find(|id| !all.clone().any(|noun| noun.id() == *id)) {
        return Err(fault::no_such(N::KIND, id));
    }
    let limit = limit(asked)?;
    let wanted = all.filter(|noun| {
        let named = asked.ids.is_empty() || asked.ids.iter().any(|id| id == noun.id());
        named && asked.filters.iter().all(|filter| passes(view, *noun, filter))
    });
    page(wanted, |noun| noun.id().to_owned(), limit, token(asked)).map_err(|_| bad_token())
}

/// The token, unless it is the empty one.
pub(crate) fn token(asked: &Asked) -> Option<&str> {
    asked.next_token.as_deref().filter(|token| !token.is_empty())
}

/// A token that EC2 did not give out.
pub(crate) fn bad_token() -> Fault {
    fault::value("Unable to parse pagination token")
}

/// How many results a page has at most; `MaxResults` is 5 to 1000.
pub(crate) fn limit(asked: &Asked) -> Result<usize, Fault> {
    let Some(max) = asked.max_results else { return Ok(MAX_RESULTS) };
    let refuse =
        |why: &str| Err(fault::value(format!("Value ( {max} ) for parameter maxResults is invalid. {why}")));
    match usize::try_from(max) {
        Ok(5..=MAX_RESULTS) => Ok(usize::try_from(max).unwrap_or(MAX_RESULTS)),
        Ok(0..5) | Err(_) => refuse("Expecting a value greater than 5."),
        Ok(_) => refuse("Expecting a value less than 1000."),
    }
}

/// Refuses filters that the noun does not have.
pub(crate) fn check_filters<N: Noun>(filters: &[Filter]) -> Result<(), Fault> {
    if filters.iter().map(|filter| filter.values.len()).sum::<usize>() > MAX_FILTER_VALUES {
        let message = format!("The maximum length of filter values is {MAX_FILTER_VALUES}.");
        return Err(Fault::new("FilterLimitExceeded", message));
    }
    for filter in filters {
        if filter.name.is_empty() {
            return Err(fault::missing("Filter.Name"));
        }
        let of_tags = filter.name.starts_with("tag:") || filter.name == "tag-key";
        if !of_tags && !N::FILTERS.contains(&filter.name.as_str()) {
            return Err(fault::value(format!("The filter '{}' is invalid", filter.name)));
        }
        if filter.values.is_empty() {
            return Err(fault::value(format!("The filter '{}' must have at least one value", filter.name)));
        }
    }
    Ok(())
}

/// Whether a noun is let through by a filter.
pub(crate) fn passes<N: Noun>(view: &View<'_>, noun: &N, filter: &Filter) -> bool {
    let tags = view.region.ec2.tags_of(noun.id());
    let has: Vec<String> = if let Some(key) = filter.name.strip_prefix("tag:") {
        tags.get(key).cloned().into_iter().collect()
    } else if filter.name == "tag-key" {
        tags.keys().cloned().collect()
    } else {
        noun.values(view, &filter.name)
    };
    filter.values.iter().any(|pattern| has.iter().any(|value| glob(pattern, value)))
}

/// Whether `text` fits `pattern`, in which `*` is any text, `?` any character and a backslash takes the meaning
/// away. In time proportional to the product of the lengths.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let mut parts: Vec<Option<char>> = Vec::new();
    let mut any: Vec<bool> = vec![false];
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        match c {
            '*' => {
                if let Some(last) = any.last_mut() {
                    *last = true;
                }
                continue;
            }
            '?' => parts.push(None),
            '\\' => parts.push(Some(chars.next().unwrap_or('\\'))),
            other => parts.push(Some(other)),
        }
        any.push(false);
    }
    // reachable[i]: the first i parts fit what was read so far; any[i]: a `*` stands before part i.
    let mut reachable = vec![false; parts.len() + 1];
    if let Some(first) = reachable.first_mut() {
        *first = true;
    }
    for c in text.chars() {
        let stays = reachable.iter().zip(&any).map(|(here, star)| *here && *star);
        let steps = parts.iter().zip(&reachable).map(|(part, here)| *here && part.is_none_or(|p| p == c));
        reachable = stays.zip(std::iter::once(false).chain(steps)).map(|(stay, step)| stay || step).collect();
    }
    reachable.last().copied().unwrap_or(false)
}

/// Tags to give to what a Create makes.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct TagSpecification {
    pub(crate) resource_type: String,
    #[serde(rename = "Tag")]
    pub(crate) tags: Vec<Tag>,
}

/// A tag on the wire.
#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
pub(crate) struct Tag {
    pub(crate) key: String,
    pub(crate) value: Option<String>,
}

/// The tags specified for a resource type; other types than the one made are refused.
pub(crate) fn tags_for(specifications: &[TagSpecification], resource_type: &str) -> Result<Tags, Fault> {
    if let Some(other) = specifications.iter().find(|s| s.resource_type != resource_type) {
        return Err(fault::value(format!(
            "'{}' is not a valid taggable resource type for this operation.",
            other.resource_type
        )));
    }
    checked_tags(specifications.iter().flat_map(|s| &s.tags))
}

/// Tags, if EC2 takes them. Follows "Tag restrictions".
pub(crate) fn checked_tags<'t>(given: impl Iterator<Item = &'t Tag>) -> Result<Tags, Fault> {
    let mut tags = Tags::new();
    for tag in given {
        let value = tag.value.clone().unwrap_or_default();
        if tag.key.is_empty() {
            return Err(fault::value("Tag key cannot be empty"));
        }
        if crate::core::tag::is_reserved(&tag.key) {
            return Err(fault::value(
                "Value ( aws: ) for parameter key is invalid. Tag keys starting with 'aws:' are reserved for internal use",
            ));
        }
        if tag.key.chars().count() > 127 || value.chars().count() > 255 {
            return Err(fault::value(
                "Tag key exceeds the maximum length of 127 characters or value of 255 characters",
            ));
        }
        if tags.insert(tag.key.clone(), value).is_some() {
            return Err(fault::value(format!("Duplicate tag key '{}' specified.", tag.key)));
        }
    }
    check_tag_count(tags.len())?;
    Ok(tags)
}

/// Refuses more tags than a resource may have.
pub(crate) fn check_tag_count(count: usize) -> Result<(), Fault> {
    if count <= MAX_TAGS {
        return Ok(());
    }
    Err(Fault::new("TagLimitExceeded", format!("More than {MAX_TAGS} tags were specified for a resource.")))
}

/// Tags as EC2 shows them.
pub(crate) fn tag_set(tags: &Tags) -> Value {
    tags.iter().map(|(key, value)| json!({"key": key, "value": value})).collect()
}

/// A page as a Describe answers it: the list under its name, and the token of the next.
pub(crate) fn listing(name: &str, items: Vec<Value>, next: Option<String>) -> Value {
    let next = next.map_or(Value::Null, Value::String);
    json!({name: Value::Array(items), "nextToken": next})
}

/// The answer of operations that only say that it was done.
pub(crate) fn done() -> Value {
    json!({"return": true})
}

/// A flag as filters see it.
pub(crate) fn flag(on: bool) -> Vec<String> {
    vec![on.to_string()]
}

/// One value as filters see it.
pub(crate) fn one(value: impl Into<String>) -> Vec<String> {
    vec![value.into()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs() {
        for (pattern, text) in
            [("a*c", "abbc"), ("*", ""), ("a?c", "abc"), ("\\*", "*"), ("*b*", "abc"), ("", ""), ("**a", "a")]
        {
            assert!(glob(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("?", ""), ("\\*", "x"), ("a*b", "ac"), ("A", "a")] {
            assert!(!glob(pattern, text), "{pattern} {text}");
        }
        let (pattern, text) = ("a*".repeat(100), "a".repeat(1000));
        assert!(!glob(&format!("{pattern}b"), &text));
    }
}
