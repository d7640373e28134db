//! From labs and progress to what pages show. No decisions beyond words and order.

use std::collections::BTreeMap;

use app::api::Answer;
use app::error::ApiError;
use app::model::{
    Block, Cause, CheckView, Download, Evidence, Hints, LabCard, LiveStep, NextEvent, StepMark, Tone, Verdict,
};

use super::{own_id, stacks};
use crate::catalog::check::Kind;
use crate::catalog::lab::{Lab, Step};
use crate::catalog::text;
use crate::catalog::values::{Account, NoValue, Values};
use crate::check::{self, CheckReport};
use crate::classroom::progress::Progress;
use crate::clock::{EpochMs, SECOND};
use crate::db::Conn;
use crate::db::attempt::Attempt;
use crate::provision;
use crate::state::AppState;

/// The student's values in a lab; those of an account that is not there for people who only look.
pub fn values(state: &AppState, lab: &Lab, attempt: Option<&Attempt>) -> Result<Values, NoValue> {
    let account_id = attempt.and_then(|attempt| attempt.world_id.as_deref());
    let proxy = |account: &str| {
        let endpoint = &state.practice_at.endpoint;
        let (scheme, authority) = endpoint.split_once("://").unwrap_or(("http", endpoint));
        format!("--proxy {scheme}://{}:x@{authority}", state.practice_at.tags.tag(account))
    };
    let account = Account {
        region: lab.card.region.clone(),
        account_id: account_id.unwrap_or("123456789012").to_owned(),
        endpoint_url: state.practice_at.endpoint.clone(),
        files_url: files_url(state, &lab.card.slug),
        curl_options: account_id.map(proxy).unwrap_or_default(),
        suffix: None,
    };
    Values::of(&lab.card, &account)
}

/// The same for a page, with what the student's stack has put out, or placeholders.
pub(crate) async fn values_now(
    state: &AppState,
    conn: &mut Conn,
    lab: &Lab,
    attempt: Option<&Attempt>,
) -> Answer<Values> {
    let values = values(state, lab, attempt).map_err(no_value)?;
    let values = match attempt {
        Some(attempt) if lab.card.stack.is_some() => {
            values.with_outputs(&provision::stack::outputs(conn, &attempt.id).await?)
        }
        _ => values,
    };
    Ok(values.with_placeholders(&lab.card))
}

/// Where a lab's files are.
pub fn files_url(state: &AppState, slug: &str) -> String {
    format!("{}/labs/{slug}/files", state.public_url)
}

/// A value that the lab's own lint should have missed.
#[expect(clippy::needless_pass_by_value, reason = "what map_err hands over")]
pub(crate) fn no_value(error: NoValue) -> ApiError {
    crate::http::error::internal(&error, "filling in a lab's values")
}

/// How many steps a lab has.
pub fn step_count(lab: &Lab) -> u32 {
    u32::try_from(lab.steps.len()).unwrap_or(u32::MAX)
}

/// A step by its number, from 1.
pub(crate) fn step(lab: &Lab, number: u32) -> Answer<&Step> {
    let index = number.checked_sub(1).and_then(|index| usize::try_from(index).ok());
    index.and_then(|index| lab.steps.get(index)).ok_or(ApiError::NotFound)
}

pub(crate) fn card(lab: &Lab, progress: Option<&Progress>) -> Answer<LabCard> {
    Ok(LabCard {
        slug: own_id(lab.card.slug.clone())?,
        title: lab.card.title.clone(),
        summary: lab.card.summary.clone(),
        minutes: lab.card.minutes,
        steps: step_count(lab),
        passed: progress.map_or(0, Progress::passed),
        started: progress.is_some(),
        services: services(lab),
    })
}

/// What labs are about, in the order of their cards.
const SERVICES: [&str; 14] = [
    "ECS",
    "EC2",
    "Auto Scaling",
    "IAM",
    "Elastic Load Balancing",
    "ACM",
    "CloudWatch Logs",
    "EFS",
    "Application Auto Scaling",
    "Cloud Map",
    "Service Connect",
    "Systems Manager",
    "CloudFormation",
    "DynamoDB",
];

/// The services that the lab's checks look at.
fn services(lab: &Lab) -> Vec<String> {
    let kinds = || lab.steps.iter().flat_map(|step| &step.checks).map(|check| &check.kind);
    let of = |kind: &Kind| match kind {
        Kind::EcsCluster { .. }
        | Kind::ContainerInstances(_)
        | Kind::TaskDefinition(_)
        | Kind::TaskStopped(_)
        | Kind::ServiceEvent(_)
        | Kind::ServiceDeployment(_)
        | Kind::CapacityProvider(_)
        | Kind::Placement(_)
        | Kind::EcsService(_) => Some("ECS"),
        Kind::Vpc { .. }
        | Kind::Subnet { .. }
        | Kind::InternetGateway { .. }
        | Kind::DefaultRoute { .. }
        | Kind::SecurityGroup { .. }
        | Kind::KeyPair { .. } => Some("EC2"),
        Kind::LaunchSource(_) | Kind::AutoScalingGroup { .. } => Some("Auto Scaling"),
        Kind::IamRole { .. } => Some("IAM"),
        Kind::LoadBalancer(_)
        | Kind::TargetGroup(_)
        | Kind::Listener(_)
        | Kind::TargetsHealthy(_)
        | Kind::Site(_) => Some("Elastic Load Balancing"),
        Kind::Certificate { .. } => Some("ACM"),
        Kind::LogGroup(_) => Some("CloudWatch Logs"),
        Kind::FileSystem(_) => Some("EFS"),
        Kind::ScalingPolicy(_) | Kind::ScaledOut(_) => Some("Application Auto Scaling"),
        Kind::Namespace(_) | Kind::DiscoveryService(_) | Kind::DiscoveryInstances(_) => Some("Cloud Map"),
        Kind::ServiceConnect(_) => Some("Service Connect"),
        Kind::Activation(_) => Some("Systems Manager"),
        Kind::Stack(_) | Kind::StackEvent(_) | Kind::ChangeSet(_) | Kind::StackDrift(_) => {
            Some("CloudFormation")
        }
        Kind::TableItems(_) => Some("DynamoDB"),
        Kind::Http(_) | Kind::NothingLeft { .. } => None,
    };
    SERVICES
        .into_iter()
        .filter(|name| kinds().any(|kind| of(kind) == Some(*name)))
        .map(str::to_owned)
        .collect()
}

pub(crate) fn marks(lab: &Lab, progress: &Progress) -> Vec<StepMark> {
    progress.marks(lab.steps.iter().map(|step| step.title.as_str()))
}

pub(crate) fn checks(
    step: &Step,
    values: &Values,
    mut verdicts: BTreeMap<String, Verdict>,
) -> Result<Vec<CheckView>, NoValue> {
    step.checks
        .iter()
        .map(|check| {
            Ok(CheckView {
                id: check.id.clone(),
                title: values.fill(&check.title)?,
                verdict: verdicts.remove(&check.id).unwrap_or(Verdict::NotYetLooked),
            })
        })
        .collect()
}

/// A verdict as pages show it, its durations in the student's own time: the world runs `speed` times faster.
pub(crate) fn verdict(found: &CheckReport, speed: u32) -> Verdict {
    let own = |seconds: u32| seconds.div_ceil(speed.max(1));
    match &found.verdict {
        check::Verdict::Passed => match found.remark.clone() {
            Some(remark) => Verdict::PassedWith { remark },
            None => Verdict::Passed,
        },
        check::Verdict::Failed(cause) => Verdict::Failed(Cause {
            title: cause.title.clone(),
            explanation: cause.explanation.clone(),
            evidence: cause
                .evidence
                .iter()
                .map(|seen| Evidence { label: seen.label.clone(), value: seen.value.clone() })
                .collect(),
            next_action: cause.next_action.clone(),
            command: cause.command.clone(),
        }),
        check::Verdict::Converging { waiting_for, usual_seconds, elapsed_seconds } => Verdict::Converging {
            waiting_for: waiting_for.clone(),
            usual_seconds: own(*usual_seconds),
            elapsed_seconds: own(*elapsed_seconds),
        },
        check::Verdict::CannotTell { reason } => Verdict::CannotTell { reason: reason.clone() },
    }
}

/// The step's hints, so many of them shown.
pub(crate) fn hints(step: &Step, shown: u32, values: &Values) -> Result<Hints, NoValue> {
    let shown = usize::try_from(shown).unwrap_or(usize::MAX).min(step.hints.len());
    let revealed_html =
        step.hints.iter().take(shown).map(|hint| text::html(hint, values)).collect::<Result<_, _>>()?;
    Ok(Hints { revealed_html, left: u32::try_from(step.hints.len() - shown).unwrap_or(u32::MAX) })
}

pub(crate) fn downloads(lab: &Lab, step: &Step) -> Vec<Download> {
    let download = |name: &String| {
        let bytes = lab.files.get(name)?.len();
        Some(Download {
            name: name.clone(),
            href: format!("/labs/{}/files/{name}", lab.card.slug),
            bytes: u64::try_from(bytes).unwrap_or(u64::MAX),
            what: String::new(),
        })
    };
    step.files.iter().filter_map(download).collect()
}

pub(crate) fn block(block: text::Block) -> Block {
    match block {
        text::Block::Prose(html) => Block::Prose { html },
        text::Block::Command { text, alternative: false } => Block::Command { text },
        text::Block::Command { text, alternative: true } => {
            Block::File { name: "Another way to the same end".to_owned(), text }
        }
        text::Block::Output(text) => Block::Output { text },
        text::Block::File { name, text } => Block::File { name, text },
        text::Block::Callout { tone, html } => {
            let tone = match tone {
                text::Tone::Note => Tone::Note,
                text::Tone::Look => Tone::Look,
                text::Tone::Warning => Tone::Warning,
            };
            Block::Callout { tone, html }
        }
    }
}

/// What the attempt's world is waiting for.
pub(crate) fn next_event(state: &AppState, attempt: &str, now: EpochMs) -> Option<NextEvent> {
    let waiting = state.hub.waiting(attempt)?;
    let elapsed_seconds = u32::try_from((now - waiting.since).max(0) / SECOND).unwrap_or(u32::MAX);
    Some(NextEvent {
        waiting_for: waiting.waiting_for,
        usual_seconds: waiting.usual_seconds,
        elapsed_seconds,
    })
}

/// What a step page shows of an attempt as it is now.
pub(crate) async fn live_step(
    state: &AppState,
    conn: &mut Conn,
    lab: &Lab,
    attempt: &Attempt,
    number: u32,
) -> Answer<LiveStep> {
    let of = step(lab, number)?;
    let progress = Progress::load(conn, &attempt.id, step_count(lab)).await?;
    let values = values_now(state, conn, lab, Some(attempt)).await?;
    Ok(LiveStep {
        steps: marks(lab, &progress),
        number,
        checks: checks(of, &values, progress.verdicts(number)?).map_err(no_value)?,
        next_event: next_event(state, &attempt.id, state.clock.now()),
        stack: stacks::panel(state, conn, lab, Some(attempt)).await?,
    })
}
