//! Policy documents: read, and refused in IAM's words. Follows "Grammar of the IAM JSON policy language".

use serde_json::{Map, Value};

use super::condition::Condition;
use super::{Context, pattern};
use crate::core::arn::Arn;

/// A policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Document {
    /// Its statements.
    pub(crate) statements: Vec<Statement>,
    /// Whether a condition or a policy variable of it is about the tags of a resource.
    pub(crate) asks_for_tags: bool,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    sid: Option<String>,
    /// Or deny.
    pub(crate) allow: bool,
    /// Whom it speaks of; in trust policies only.
    pub(crate) principals: Option<Principals>,
    actions: Option<Names>,
    resources: Option<Names>,
    /// All must hold.
    pub(crate) conditions: Vec<Condition>,
}

/// `Action` or `NotAction`, `Resource` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Names {
    all_but: bool,
    patterns: Vec<String>,
}

/// Whom a trust policy speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Principals {
    all_but: bool,
    everyone: bool,
    pub(crate) aws: Vec<String>,
    pub(crate) services: Vec<String>,
    federated: Vec<String>,
}

/// Which kind of policy a document is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// What a user or role may do.
    Identity,
    /// Who may assume a role.
    Trust,
}

impl Principals {
    /// Whether that AWS service is among them.
    pub(crate) fn has_service(&self, service: &str) -> bool {
        (self.everyone || self.services.iter().any(|name| name == service)) != self.all_but
    }

    /// Whether one of those ARNs is named, not only the account they are of.
    pub(crate) fn names_aws(&self, names: &[&str]) -> bool {
        !self.all_but && self.aws.iter().any(|one| names.contains(&one.as_str()))
    }

    /// Whether one of those ARNs or account numbers is among them.
    pub(crate) fn has_aws(&self, names: &[&str]) -> bool {
        let listed = self.aws.iter().any(|one| one == "*" || names.contains(&one.as_str()));
        (self.everyone || listed) != self.all_but
    }
}

impl Statement {
    pub(crate) fn names_action(&self, action: &str) -> bool {
        let fits = |pattern: &String| pattern::fits_any_case(pattern, action);
        self.actions.as_ref().is_some_and(|names| names.patterns.iter().any(fits) != names.all_but)
    }

    pub(crate) fn names_resource(&self, resource: &str, context: &Context) -> bool {
        let fits = |one: &String| {
            one == "*" || pattern::filled(one, context).is_some_and(|filled| pattern::fits(&filled, resource))
        };
        self.resources.as_ref().is_some_and(|names| names.patterns.iter().any(fits) != names.all_but)
    }
}

const SYNTAX: &str = "Syntax errors in policy.";

impl Document {
    /// Reads a document; the error is IAM's sentence. `Document::check` says whether it may be stored.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let tree: Value = serde_json::from_str(text).map_err(|_| SYNTAX.to_owned())?;
        let document = tree.as_object().ok_or(SYNTAX)?;
        for (name, value) in document {
            let fits = match name.as_str() {
                "Version" => matches!(value.as_str(), Some("2012-10-17" | "2008-10-17")),
                "Id" => value.is_string(),
                "Statement" => true,
                _ => false,
            };
            if !fits {
                return Err(SYNTAX.to_owned());
            }
        }
        let statements = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().map(statement).collect::<Result<_, _>>()?,
            Some(one @ Value::Object(_)) => vec![statement(one)?],
            _ => return Err(SYNTAX.to_owned()),
        };
        let asks_for_tags = text.to_ascii_lowercase().contains("resourcetag/");
        Ok(Self { statements, asks_for_tags })
    }

    /// Reads a document that is to be stored as a policy of that kind.
    pub(crate) fn check(text: &str, kind: Kind) -> Result<Self, String> {
        let document = Self::parse(text).map_err(|error| match kind {
            Kind::Trust if serde_json::from_str::<Value>(text).is_err() => {
                "This policy contains invalid Json".to_owned()
            }
            _ => error,
        })?;
        if document.statements.is_empty() {
            return Err(SYNTAX.to_owned());
        }
        let mut sids: Vec<&str> =
            document.statements.iter().filter_map(|statement| statement.sid.as_deref()).collect();
        let count = sids.len();
        sids.sort_unstable();
        sids.dedup();
        if sids.len() != count {
            return Err("Statement IDs (SID) in a single policy must be unique.".to_owned());
        }
        for statement in &document.statements {
            match kind {
                Kind::Identity => check_identity(statement)?,
                Kind::Trust => check_trust(statement)?,
            }
        }
        Ok(document)
    }
}

fn check_identity(statement: &Statement) -> Result<(), String> {
    if statement.principals.is_some() {
        return Err("Policy document should not specify a principal.".to_owned());
    }
    let actions = statement.actions.as_ref().filter(|names| !names.patterns.is_empty());
    let actions = actions.ok_or("Policy statement must contain actions.")?;
    for action in actions.patterns.iter().filter(|action| *action != "*") {
        let (vendor, name) = action
            .split_once(':')
            .ok_or("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.")?;
        if vendor.is_empty() || !vendor.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(format!("Vendor {vendor} is not valid"));
        }
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '*' | '?' | '-'))
        {
            return Err(SYNTAX.to_owned());
        }
    }
    let resources = statement.resources.as_ref().filter(|names| !names.patterns.is_empty());
    let resources = resources.ok_or("Policy statement must contain resources.")?;
    for resource in resources.patterns.iter().filter(|resource| *resource != "*") {
        let mut parts = resource.splitn(6, ':');
        let well_formed = parts.next() == Some("arn") && parts.count() == 5;
        if !well_formed && !resource.starts_with("arn:*") && !resource.starts_with('*') {
            return Err(format!("Resource {resource} must be in ARN format or \"*\"."));
        }
    }
    Ok(())
}

fn check_trust(statement: &Statement) -> Result<(), String> {
    if statement.resources.is_some() {
        return Err("Has prohibited field Resource".to_owned());
    }
    let principals = statement.principals.as_ref().filter(|who| !who.is_empty());
    let principals = principals.ok_or("Missing required field Principal cannot be empty!")?;
    for service in &principals.services {
        if !is_service(service) {
            return Err(format!("Invalid principal in policy: \"SERVICE\":\"{service}\""));
        }
    }
    for one in &principals.aws {
        let account = |text: &str| text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit());
        let known = one == "*"
            || account(one)
            || Arn::parse(one)
                .is_some_and(|arn| matches!(arn.service, "iam" | "sts") && account(arn.account));
        if !known {
            return Err(format!("Invalid principal in policy: \"AWS\":\"{one}\""));
        }
    }
    let actions = statement.actions.as_ref().filter(|names| !names.patterns.is_empty());
    let actions = actions.ok_or("Missing required field Action cannot be empty!")?;
    if actions.patterns.iter().any(|action| !action.to_ascii_lowercase().starts_with("sts:")) {
        return Err("AssumeRole policy may only specify STS AssumeRole actions.".to_owned());
    }
    Ok(())
}

impl Principals {
    fn is_empty(&self) -> bool {
        !self.everyone && self.aws.is_empty() && self.services.is_empty() && self.federated.is_empty()
    }
}

/// The first labels of service principals, as far as roles of this practice cloud may want them.
const SERVICES: [&str; 44] = [
    "apigateway",
    "application-autoscaling",
    "appmesh",
    "autoscaling",
    "backup",
    "batch",
    "cloudformation",
    "cloudfront",
    "cloudtrail",
    "codebuild",
    "codedeploy",
    "codepipeline",
    "config",
    "ds",
    "dynamodb",
    "ec2",
    "ec2fleet",
    "ecr",
    "ecs",
    "ecs-tasks",
    "edgelambda",
    "eks",
    "elasticache",
    "elasticbeanstalk",
    "elasticfilesystem",
    "elasticloadbalancing",
    "elasticmapreduce",
    "events",
    "firehose",
    "glue",
    "lambda",
    "logs",
    "monitoring",
    "pipes",
    "rds",
    "s3",
    "scheduler",
    "sns",
    "spot",
    "spotfleet",
    "sqs",
    "ssm",
    "states",
    "vpc-flow-logs",
];

fn is_service(name: &str) -> bool {
    let Some(label) = name.strip_suffix(".amazonaws.com") else { return false };
    let label = label.split_once('.').map_or(label, |(first, rest)| {
        // Regional principals: ecs.us-east-1.amazonaws.com. application-autoscaling has its own sub-principals.
        if crate::core::region::is_known(rest) || rest == "application-autoscaling" { first } else { label }
    });
    SERVICES.contains(&label)
}

/// The members of a statement.
const KNOWN: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

fn statement(value: &Value) -> Result<Statement, String> {
    let members = value.as_object().ok_or(SYNTAX)?;
    if let Some(unknown) = members.keys().find(|name| !KNOWN.contains(&name.as_str())) {
        return Err(format!("Syntax errors in policy. Unknown field {unknown}"));
    }
    let allow = match members.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err("Missing required field Effect cannot be empty!".to_owned()),
    };
    let sid = match members.get("Sid") {
        None => None,
        Some(Value::String(sid)) => Some(sid.clone()).filter(|sid| !sid.is_empty()),
        Some(_) => return Err(SYNTAX.to_owned()),
    };
    Ok(Statement {
        sid,
        allow,
        principals: principals(members)?,
        actions: names(members, "Action", "NotAction")?,
        resources: names(members, "Resource", "NotResource")?,
        conditions: conditions(members.get("Condition"))?,
    })
}

fn names(members: &Map<String, Value>, name: &str, not: &str) -> Result<Option<Names>, String> {
    match (members.get(name), members.get(not)) {
        (Some(_), Some(_)) => Err(SYNTAX.to_owned()),
        (Some(value), None) => Ok(Some(Names { all_but: false, patterns: texts(value)? })),
        (None, Some(value)) => Ok(Some(Names { all_but: true, patterns: texts(value)? })),
        (None, None) => Ok(None),
    }
}

/// One text or a list of them; numbers and booleans count as text in conditions.
fn texts(value: &Value) -> Result<Vec<String>, String> {
    let one = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(SYNTAX.to_owned()),
    };
    match value {
        Value::Array(items) => items.iter().map(one).collect(),
        other => Ok(vec![one(other)?]),
    }
}

fn principals(members: &Map<String, Value>) -> Result<Option<Principals>, String> {
    let (value, all_but) = match (members.get("Principal"), members.get("NotPrincipal")) {
        (None, None) => return Ok(None),
        (Some(value), None) => (value, false),
        (None, Some(value)) => (value, true),
        (Some(_), Some(_)) => return Err(SYNTAX.to_owned()),
    };
    let mut principals = Principals { all_but, ..Principals::default() };
    match value {
        Value::String(text) if text == "*" => principals.everyone = true,
        Value::Object(kinds) => {
            for (kind, value) in kinds {
                let list = match kind.as_str() {
                    "AWS" => &mut principals.aws,
                    "Service" => &mut principals.services,
                    "Federated" | "CanonicalUser" => &mut principals.federated,
                    _ => return Err(format!("Invalid principal in policy: \"{kind}\"")),
                };
                list.extend(texts(value)?);
            }
        }
        _ => return Err("Invalid principal in policy.".to_owned()),
    }
    Ok(Some(principals))
}

fn conditions(value: Option<&Value>) -> Result<Vec<Condition>, String> {
    let mut conditions = Vec::new();
    let Some(value) = value else { return Ok(conditions) };
    for (operator, keys) in value.as_object().ok_or(SYNTAX)? {
        for (key, values) in keys.as_object().ok_or(SYNTAX)? {
            let condition = Condition::new(operator, key, texts(values)?);
            conditions.push(condition.ok_or_else(|| format!("Invalid Condition type : {operator}."))?);
        }
    }
    Ok(conditions)
}
