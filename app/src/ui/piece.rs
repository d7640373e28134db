//! Small pieces of the server's pages.

use leptos::{prelude::*, server::ServerActionError};
use server_fn::{ServerFn, error::ServerFnUrlError};

use super::icon;
use crate::{
    error::ApiError,
    islands::Moment,
    model::{Level, StepMark, StepState, SubmissionState},
    shell::Typed,
};

/// The error with which a form of this server function was sent back, if it was.
pub(crate) fn form_error<F: ServerFn<Error = ApiError>>() -> Option<ApiError> {
    let error = use_context::<ServerActionError>()?;
    // The text comes from the address: nobody needs a long one.
    (error.path() == F::PATH && error.err().len() < 1_000)
        .then(|| ServerFnUrlError::<ApiError>::decode_err(error.err()))
}

/// What was typed into a field of this server function's form, if it was sent back with an error just now.
pub(crate) fn typed<F: ServerFn<Error = ApiError>>(field: &str) -> Option<String> {
    form_error::<F>()?;
    let typed = use_context::<Typed>().filter(|typed| typed.action == F::PATH)?;
    typed.fields.into_iter().find(|(name, _)| name == field).map(|(_, value)| value)
}

/// The error above a form.
pub(crate) fn problem(error: Option<ApiError>) -> impl IntoView {
    error.map(|error| view! { <p class="banner" data-tone="bad" role="alert">{error.to_string()}</p> })
}

/// Good news above a page.
pub(crate) fn good_news(text: Option<String>) -> impl IntoView {
    text.map(|text| view! { <p class="banner" data-tone="good" role="status">{text}</p> })
}

/// A labelled input with a hint below.
#[component]
pub(crate) fn Field(
    /// Also its id.
    name: &'static str,
    /// Above it.
    label: &'static str,
    /// Below it.
    #[prop(optional)]
    hint: &'static str,
    /// The input's type.
    #[prop(default = "text")]
    kind: &'static str,
    /// For password managers.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// What it starts with.
    #[prop(optional, into)]
    value: String,
    /// Characters at most.
    #[prop(default = 80)]
    max: u32,
    /// The error the form came back with: marks this field if it is about it.
    #[prop(optional_no_strip)]
    error: Option<ApiError>,
) -> impl IntoView + use<> {
    let wrong = matches!(&error, Some(ApiError::Invalid { field, .. }) if field == name);
    let hint_id = (!hint.is_empty()).then(|| format!("{name}-hint"));
    view! {
        <div class="field">
            <label for=name>{label}</label>
            <input
                id=name
                name=name
                type=kind
                value=value
                required
                maxlength=max.to_string()
                autocomplete=autocomplete
                aria-invalid=wrong.then_some("true")
                aria-describedby=hint_id.clone()
            />
            {hint_id.map(|id| view! { <p class="hint" id=id>{hint}</p> })}
        </div>
    }
}

/// A step's state for the style sheet.
pub(crate) fn step_name(state: StepState) -> &'static str {
    match state {
        StepState::Later => "later",
        StepState::Current => "current",
        StepState::Passed => "passed",
    }
}

/// How many of how many, as a bar.
pub(crate) fn progress(passed: u32, of: u32) -> impl IntoView {
    view! {
        <div class="progress">
            <progress max=of.max(1).to_string() value=passed.to_string() aria-label="Steps passed"></progress>
            <span>{passed} " of " {of} " steps"</span>
        </div>
    }
}

/// How many of these steps are passed.
pub(crate) fn passed(steps: &[StepMark]) -> u32 {
    u32::try_from(steps.iter().filter(|step| step.state == StepState::Passed).count()).unwrap_or(u32::MAX)
}

/// Where a hand-in stands, as the student is told.
pub(crate) fn submission_badge(state: SubmissionState) -> impl IntoView {
    let (tone, text) = match state {
        SubmissionState::NotBegun => ("calm", "Not begun".into_any()),
        SubmissionState::Draft => ("calm", "Draft".into_any()),
        SubmissionState::HandedIn { at_ms } | SubmissionState::Marked { at_ms } => {
            ("wait", view! { "Handed in " <Moment at_ms=at_ms /> }.into_any())
        }
        SubmissionState::Released { .. } => ("good", "Marked".into_any()),
    };
    view! { <span class="badge" data-tone=tone>{text}</span> }
}

/// How well a criterion can be met, and what that is worth.
pub(crate) fn levels(levels: Vec<Level>) -> impl IntoView {
    let rows: Vec<_> = levels
        .into_iter()
        .map(|Level { points, title, description }| {
            view! { <div><dt><span class="points">{points}</span> <span>{title}</span></dt><dd>{description}</dd></div> }
        })
        .collect();
    view! { <dl class="levels">{rows}</dl> }
}

/// Nothing here yet, and what to do about it.
#[component]
pub(crate) fn Empty(
    /// What there is none of.
    title: &'static str,
    /// What would change that.
    children: Children,
) -> impl IntoView + use<> {
    view! {
        <div class="empty">
            <p class="empty-title">{title}</p>
            {children()}
        </div>
    }
}

/// The way up, above a title.
pub(crate) fn way_up(href: String, text: String) -> impl IntoView {
    view! { <p class="way-up"><a href=href>{icon::back()} {text}</a></p> }
}
