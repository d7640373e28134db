//! A student in a lab, against an endpoint of their own: the lab's values, the stack that stands before the first step,
//! and the lab's scripts with both.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, ensure};
use server::catalog;
use server::catalog::lab::Lab;
use server::catalog::stack::When;
use server::catalog::values::{Account, Values};
use server::check::Look;

use crate::endpoint::{Endpoint, Ran, repository};

/// Seconds in which a stack of a lab is made, or deleted.
const STACK_TAKES: i64 = 900;

/// One who has begun a lab.
pub struct Student {
    /// The student's account.
    pub endpoint: Endpoint,
    /// The lab.
    pub lab: Lab,
    /// The student's values, with what the stack has put out.
    pub values: Values,
    region: String,
    stack_id: Option<String>,
}

/// A lab of the repository.
pub fn lab(slug: &str) -> anyhow::Result<Lab> {
    let mut catalog = catalog::load(&repository("labs"));
    ensure!(catalog.faults.is_empty(), "{:?}", catalog.faults);
    catalog.labs.remove(slug).with_context(|| format!("there is no lab {slug}"))
}

impl Student {
    /// Begins a lab in a region, in an empty account; the unique values get the suffix, if there is one. A stack that
    /// comes with the attempt is made as the platform makes it, by the AWS CLI.
    pub async fn begins(slug: &str, region: &str, suffix: Option<&str>) -> anyhow::Result<Self> {
        let lab = lab(slug)?;
        let account = Account { region: region.into(), suffix: suffix.map(Into::into), ..Account::default() };
        let values = Values::of(&lab.card, &account)?;
        let endpoint = Endpoint::start().await?;
        let mut student = Self { endpoint, lab, values, region: region.into(), stack_id: None };
        if student.lab.card.stack.as_ref().is_some_and(|spec| spec.when == When::Start) {
            student.asks_for_stack().await.context("the lab's stack")?;
        }
        Ok(student)
    }

    /// Asks for the lab's stack, and waits until it is complete.
    pub async fn asks_for_stack(&mut self) -> anyhow::Result<()> {
        let spec = self.lab.card.stack.clone().context("the lab has a stack")?;
        let name = self.values.get("stack").context("a stack has a name")?.to_owned();
        let template = repository("labs").join(&self.lab.card.slug).join(&spec.template);
        let template = format!("file://{}", template.display());
        let given = |(key, value): (String, String)| serde_json::json!({ "ParameterKey": key, "ParameterValue": value });
        let parameters: Vec<_> = spec.filled(&self.values)?.into_iter().map(given).collect();
        let parameters = serde_json::to_string(&parameters)?;
        let mut asked = vec!["create-stack", "--stack-name", &name, "--template-body", &template];
        asked.extend(["--parameters", &parameters, "--query", "StackId"]);
        if !spec.capabilities.is_empty() {
            asked.push("--capabilities");
            asked.extend(spec.capabilities.iter().map(String::as_str));
        }
        self.stack_id = Some(serde_json::from_str(&self.aws(&asked).await?)?);
        self.endpoint.advance(STACK_TAKES).await?;
        self.aws(&["wait", "stack-create-complete", "--stack-name", &name]).await?;
        let outputs = "Stacks[0].Outputs[].[OutputKey,OutputValue]";
        let outputs = self.aws(&["describe-stacks", "--stack-name", &name, "--query", outputs]).await?;
        let outputs: Option<Vec<(String, String)>> = serde_json::from_str(&outputs)?;
        let outputs: BTreeMap<_, _> = outputs.unwrap_or_default().into_iter().collect();
        self.values = std::mem::take(&mut self.values).with_outputs(&spec.named(&outputs));
        Ok(())
    }

    /// The same student in another world, which is as this one is now.
    pub async fn copy(&self) -> anyhow::Result<Self> {
        Ok(Self {
            endpoint: self.endpoint.copy().await?,
            lab: self.lab.clone(),
            values: self.values.clone(),
            region: self.region.clone(),
            stack_id: self.stack_id.clone(),
        })
    }

    /// Runs a program with the lab's values as `LAB_<VALUE>`.
    pub async fn run(&self, program: impl AsRef<Path>, args: &[&str]) -> anyhow::Result<Ran> {
        self.endpoint.run(program.as_ref(), args, &self.region, &self.vars()).await
    }

    /// The same for a script whose steps above this one have been done already.
    pub async fn run_from(&self, step: &str, program: impl AsRef<Path>) -> anyhow::Result<Ran> {
        let mut vars = self.vars();
        vars.push(("DRYDOCK_DONE_BEFORE".to_owned(), step.to_owned()));
        self.endpoint.run(program.as_ref(), &[], &self.region, &vars).await
    }

    /// Looks at some steps with the platform's own checks.
    pub async fn look(&self, steps: &[usize]) -> anyhow::Result<Look> {
        self.endpoint.look(&self.lab, &self.values, &self.region, steps).await
    }

    /// The lab is over: its stack is deleted, and must go wholly.
    pub async fn ends(self) -> anyhow::Result<()> {
        let Some(id) = &self.stack_id else { return Ok(()) };
        self.aws(&["delete-stack", "--stack-name", id]).await?;
        self.endpoint.advance(STACK_TAKES).await?;
        let status = "Stacks[0].[StackStatus,StackStatusReason]";
        let said = self.aws(&["describe-stacks", "--stack-name", id, "--query", status]).await?;
        let left = "StackResourceSummaries[?ResourceStatus!='DELETE_COMPLETE'].PhysicalResourceId";
        let left = self.aws(&["list-stack-resources", "--stack-name", id, "--query", left]).await?;
        ensure!(said.contains("DELETE_COMPLETE"), "the stack is {said}, with {left}");
        ensure!(left.trim() == "[]", "deleted, and there are still {left}");
        Ok(())
    }

    async fn aws(&self, args: &[&str]) -> anyhow::Result<String> {
        let args = [&["cloudformation"], args, &["--output", "json"]].concat();
        self.endpoint.run("aws", &args, &self.region, &[]).await?.ok()
    }

    /// The lab's own values and its stack's: not the platform's, which a script finds out by itself.
    fn vars(&self) -> Vec<(String, String)> {
        let card = &self.lab.card;
        let stack = card.stack.as_ref();
        let own = |name: &str| {
            card.values.contains_key(name)
                || stack.is_some_and(|spec| name == "stack" || spec.outputs.contains_key(name))
        };
        let var = |(name, value): (&str, &str)| (format!("LAB_{}", name.to_uppercase()), value.to_owned());
        self.values.iter().filter(|(name, _)| own(name)).map(var).collect()
    }
}
