//! AWS CloudFormation: the few operations that a student's stack needs. The only thin client that changes something:
//! what it makes and deletes is the platform's own, and each request carries a token that makes it safe to repeat.

use super::Trouble;
use super::thin::xml::Element;
use super::thin::{Form, MAX_PAGES, Query, form};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Events that are read at most: one page of AWS's.
const MOST_EVENTS: usize = 100;

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct CloudFormation(Query);

/// `CreateStack`.
#[derive(Debug, Clone)]
pub(crate) struct NewStack<'a> {
    /// Unique in the account and region.
    pub(crate) name: &'a str,
    /// At most 51,200 bytes.
    pub(crate) template: &'a str,
    /// By name.
    pub(crate) parameters: BTreeMap<String, String>,
    /// `CAPABILITY_IAM`, ...
    pub(crate) capabilities: &'a [String],
    /// Go on to every resource that can have tags.
    pub(crate) tags: &'a [(&'a str, &'a str)],
    /// `ClientRequestToken`.
    pub(crate) token: &'a str,
}

/// A stack as `DescribeStacks` shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StackSeen {
    /// ARN.
    pub(crate) id: String,
    /// `CREATE_COMPLETE`, ...
    pub(crate) status: String,
    /// `StackStatusReason`.
    pub(crate) reason: Option<String>,
    /// By key.
    pub(crate) outputs: BTreeMap<String, String>,
    /// By key.
    pub(crate) tags: BTreeMap<String, String>,
}

/// One resource of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct ResourceSeen {
    /// `AWS::EC2::VPC`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its name in the template.
    pub(crate) logical_id: String,
    /// None before it has one.
    pub(crate) physical_id: Option<String>,
    /// `CREATE_COMPLETE`, ...
    pub(crate) status: String,
}

/// One event of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EventSeen {
    /// ISO 8601.
    pub(crate) at: String,
    /// `AWS::EC2::VPC`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Its name in the template, or the stack's.
    pub(crate) logical_id: String,
    /// `CREATE_FAILED`, ...
    pub(crate) status: String,
    /// Why.
    pub(crate) reason: Option<String>,
}

impl CloudFormation {
    pub(in crate::cloud) fn new(query: Query) -> Self {
        Self(query)
    }

    /// Reads of what is not the platform's own.
    pub(crate) fn query(&self) -> &Query {
        &self.0
    }

    /// Answers the ARN. Asked again with the same token, it makes no second one.
    pub(crate) async fn create(&self, new: &NewStack<'_>) -> Result<String, Trouble> {
        let mut asked = form(&[
            ("StackName", new.name),
            ("TemplateBody", new.template),
            ("ClientRequestToken", new.token),
            ("OnFailure", "ROLLBACK"),
        ]);
        for (at, (key, value)) in new.parameters.iter().enumerate() {
            push(&mut asked, "Parameters", at, &[("ParameterKey", key), ("ParameterValue", value)]);
        }
        for (at, capability) in new.capabilities.iter().enumerate() {
            asked.push((format!("Capabilities.member.{}", at + 1), capability.clone()));
        }
        for (at, (key, value)) in new.tags.iter().enumerate() {
            push(&mut asked, "Tags", at, &[("Key", key), ("Value", value)]);
        }
        let answer = self.0.call("CreateStack", asked).await?;
        Ok(answer.string("CreateStackResult.StackId"))
    }

    /// The stack with this ARN, deleted or not, or the one that has this name now.
    pub(crate) async fn stack(&self, name: &str) -> Result<Option<StackSeen>, Trouble> {
        let answer = match self.0.call("DescribeStacks", form(&[("StackName", name)])).await {
            Err(trouble) if is_missing(&trouble) => return Ok(None),
            other => other?,
        };
        let result = answer.child("DescribeStacksResult").cloned().unwrap_or_default();
        let pairs = |of: &Element, list: &str, key: &str, value: &str| {
            of.members(list).map(|pair| (pair.string(key), pair.string(value))).collect()
        };
        Ok(result.members("Stacks").next().map(|of| StackSeen {
            id: of.string("StackId"),
            status: of.string("StackStatus"),
            reason: of.maybe("StackStatusReason"),
            outputs: pairs(of, "Outputs", "OutputKey", "OutputValue"),
            tags: pairs(of, "Tags", "Key", "Value"),
        }))
    }

    /// The ARN of the newest stack that has or had this name: deleted ones are listed for 90 days.
    pub(crate) async fn newest(&self, name: &str) -> Result<Option<String>, Trouble> {
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let asked = token.take().map(|token| ("NextToken".to_owned(), token)).into_iter().collect();
            let answer = self.0.call("ListStacks", asked).await?;
            let result = answer.child("ListStacksResult").cloned().unwrap_or_default();
            // Newest first.
            if let Some(found) = result.members("StackSummaries").find(|of| of.text("StackName") == name) {
                return Ok(found.maybe("StackId"));
            }
            token = result.maybe("NextToken");
            if token.is_none() {
                return Ok(None);
            }
        }
        Err(Trouble::Other(format!("ListStacks has more than {MAX_PAGES} pages")))
    }

    /// The newest events, newest first.
    pub(crate) async fn events(&self, id: &str) -> Result<Vec<EventSeen>, Trouble> {
        let answer = self.0.call("DescribeStackEvents", form(&[("StackName", id)])).await?;
        let result = answer.child("DescribeStackEventsResult").cloned().unwrap_or_default();
        Ok(result
            .members("StackEvents")
            .take(MOST_EVENTS)
            .map(|of| EventSeen {
                at: of.string("Timestamp"),
                kind: of.string("ResourceType"),
                logical_id: of.string("LogicalResourceId"),
                status: of.string("ResourceStatus"),
                reason: of.maybe("ResourceStatusReason"),
            })
            .collect())
    }

    /// Everything it is or was made of.
    pub(crate) async fn resources(&self, id: &str) -> Result<Vec<ResourceSeen>, Trouble> {
        let mut all = Vec::new();
        let mut token: Option<String> = None;
        for _ in 0..MAX_PAGES {
            let mut asked = form(&[("StackName", id)]);
            asked.extend(token.take().map(|token| ("NextToken".to_owned(), token)));
            let answer = self.0.call("ListStackResources", asked).await?;
            let result = answer.child("ListStackResourcesResult").cloned().unwrap_or_default();
            all.extend(result.members("StackResourceSummaries").map(|of| ResourceSeen {
                kind: of.string("ResourceType"),
                logical_id: of.string("LogicalResourceId"),
                physical_id: of.maybe("PhysicalResourceId"),
                status: of.string("ResourceStatus"),
            }));
            token = result.maybe("NextToken");
            if token.is_none() {
                return Ok(all);
            }
        }
        Err(Trouble::Other(format!("ListStackResources has more than {MAX_PAGES} pages")))
    }

    /// Begins to delete it; one that is not there is no fault.
    pub(crate) async fn delete(&self, id: &str, token: &str) -> Result<(), Trouble> {
        self.0.call("DeleteStack", form(&[("StackName", id), ("ClientRequestToken", token)])).await?;
        Ok(())
    }
}

fn push(form: &mut Form, list: &str, at: usize, members: &[(&str, &str)]) {
    for (member, value) in members {
        form.push((format!("{list}.member.{}.{member}", at + 1), (*value).to_owned()));
    }
}

/// `Stack with id demo does not exist`: AWS has no code of its own for it.
fn is_missing(trouble: &Trouble) -> bool {
    matches!(trouble, Trouble::Other(said) if said.starts_with("ValidationError") && said.ends_with("does not exist"))
}
