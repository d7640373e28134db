//! Listeners and their rules. Actions and conditions are in the shape of the API.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::core::tag::Tags;

/// A listener.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listener {
    /// `arn:aws:elasticloadbalancing:...:listener/app/<name>/<id>/<id>`
    pub arn: String,
    /// ARN.
    pub load_balancer: String,
    /// Unique per load balancer.
    pub port: u16,
    /// `HTTP`, `HTTPS`, `TCP`, `TLS`, `UDP`, `TCP_UDP`.
    pub protocol: String,
    /// For `HTTPS` and `TLS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ssl_policy: Option<String>,
    /// ARNs, the default one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<String>,
    /// `HTTP1Only`, ... of a `TLS` listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpn_policy: Option<String>,
    /// ARN of the default rule.
    pub default_rule: String,
    /// What to do when no rule matches.
    pub default_actions: Vec<Action>,
    /// By ARN.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub rules: BTreeMap<String, Rule>,
    /// Those that were changed.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
    /// Tags of the default rule.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub default_rule_tags: Tags,
}

impl Listener {
    /// Every target group it sends to, by default or by a rule; may repeat.
    pub fn target_groups(&self) -> impl Iterator<Item = &str> {
        let of_rules = self.rules.values().flat_map(|rule| &rule.actions);
        self.default_actions.iter().chain(of_rules).flat_map(Action::target_groups)
    }

    /// Whether it sends to a target group.
    pub fn sends_to(&self, target_group: &str) -> bool {
        self.target_groups().any(|arn| arn == target_group)
    }

    /// Its rules in the order in which they are tried.
    pub fn in_order(&self) -> Vec<&Rule> {
        let mut rules: Vec<&Rule> = self.rules.values().collect();
        rules.sort_by_key(|rule| rule.priority);
        rules
    }
}

/// A rule other than the default one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// `arn:aws:elasticloadbalancing:...:listener-rule/app/<name>/<id>/<id>/<id>`
    pub arn: String,
    /// 1 to 50000, unique per listener; the lowest is tried first.
    pub priority: i32,
    /// All must hold.
    pub conditions: Vec<Condition>,
    /// What to do then.
    pub actions: Vec<Action>,
    /// Tags.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tags: Tags,
}

/// `Action`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Action {
    /// `forward`, `redirect`, `fixed-response`.
    #[serde(rename = "Type")]
    pub kind: String,
    /// The one target group of a forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_group_arn: Option<String>,
    /// Only shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<i32>,
    /// Of a redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redirect_config: Option<Redirect>,
    /// Of a fixed response.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fixed_response_config: Option<FixedResponse>,
    /// Of a forward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forward_config: Option<Forward>,
}

impl Action {
    /// The target groups it sends to.
    pub fn target_groups(&self) -> impl Iterator<Item = &str> {
        self.forward_config
            .iter()
            .flat_map(|forward| &forward.target_groups)
            .map(|w| w.target_group_arn.as_str())
    }
}

/// `ForwardActionConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Forward {
    /// One to five.
    #[serde(default)]
    pub target_groups: Vec<Weighted>,
    /// Whether a client stays with the target group it was sent to first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_group_stickiness_config: Option<GroupStickiness>,
}

/// `TargetGroupTuple`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Weighted {
    /// ARN.
    pub target_group_arn: String,
    /// 0 to 999.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<i32>,
}

/// `TargetGroupStickinessConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GroupStickiness {
    /// Whether.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration_seconds: Option<i32>,
}

/// `RedirectActionConfig`, with its defaults filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Redirect {
    /// `HTTP`, `HTTPS` or `#{protocol}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub protocol: Option<String>,
    /// 1 to 65535 or `#{port}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<String>,
    /// May contain `#{host}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// May contain `#{host}`, `#{path}` and `#{port}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Without `?`; may contain all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// `HTTP_301` or `HTTP_302`.
    pub status_code: String,
}

/// `FixedResponseActionConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FixedResponse {
    /// At most 1024 bytes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message_body: Option<String>,
    /// `2XX`, `4XX` or `5XX`.
    pub status_code: String,
    /// `text/plain`, `text/css`, `text/html`, `application/javascript` or `application/json`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
}

/// `RuleCondition`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Condition {
    /// `host-header`, `path-pattern`, `http-header`, `query-string`, `http-request-method`, `source-ip`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The older way to give host headers and path patterns.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
    /// Host names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host_header_config: Option<Values>,
    /// Paths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path_pattern_config: Option<Values>,
    /// A header field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_header_config: Option<HeaderValues>,
    /// Parts of the query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query_string_config: Option<QueryValues>,
    /// Methods.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_request_method_config: Option<Values>,
    /// Address ranges.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source_ip_config: Option<Values>,
}

/// Any of these values.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Values {
    /// With wildcards `*` and `?` where the field allows them.
    #[serde(default)]
    pub values: Vec<String>,
}

/// `HttpHeaderConditionConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct HeaderValues {
    /// Name of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub http_header_name: Option<String>,
    /// With wildcards.
    #[serde(default)]
    pub values: Vec<String>,
}

/// `QueryStringConditionConfig`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueryValues {
    /// Any of these.
    #[serde(default)]
    pub values: Vec<KeyValue>,
}

/// `QueryStringKeyValuePair`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct KeyValue {
    /// None: any key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// With wildcards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}
