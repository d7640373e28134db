//! Labs and their steps.

use app::api::{Answer, Labs};
use app::model::{Hints, LabCard, LabPage, LabSlug, StepPage, SubmissionState};
use async_trait::async_trait;

use super::{Backend, conflict, stacks, view};
use crate::catalog::text;
use crate::classroom::deliverable::{Submission, for_student};
use crate::classroom::progress::Progress;
use crate::classroom::{Error, attempt as attempts};
use crate::db::{attempt, progress};

#[async_trait]
impl Labs for Backend {
    async fn catalog(&self) -> Answer<Vec<LabCard>> {
        let who = self.whoever().await?;
        let mut conn = self.state.db.read().await?;
        let mut cards = Vec::with_capacity(self.state.catalog.labs.len());
        let mut labs: Vec<_> = self.state.catalog.labs.values().collect();
        labs.sort_by_key(|lab| (lab.card.place.unwrap_or(u32::MAX), lab.card.slug.as_str()));
        for lab in labs {
            let begun = match &who {
                Some(who) => attempt::current(&mut conn, &who.person_id, &lab.card.slug).await?,
                None => None,
            };
            let progress = match begun {
                Some(begun) => Some(Progress::load(&mut conn, &begun.id, view::step_count(lab)).await?),
                None => None,
            };
            cards.push(view::card(lab, progress.as_ref())?);
        }
        Ok(cards)
    }

    async fn lab(&self, slug: &LabSlug) -> Answer<LabPage> {
        let lab = self.known_lab(slug)?;
        let who = self.whoever().await?;
        let mut conn = self.state.db.read().await?;
        let begun = match &who {
            Some(who) => attempt::current(&mut conn, &who.person_id, slug.as_str()).await?,
            None => None,
        };
        let values = view::values_now(&self.state, &mut conn, lab, begun.as_ref()).await?;
        let about = lab.introduction.as_deref().unwrap_or_default();
        let about_html = text::html(about, &values).map_err(view::no_value)?;
        let (progress, submission) = match &begun {
            Some(begun) => {
                let progress = Progress::load(&mut conn, &begun.id, view::step_count(lab)).await?;
                let submission = Submission::load(&mut conn, &begun.id).await?.state();
                (Some(progress), for_student(submission))
            }
            None => (None, SubmissionState::NotBegun),
        };
        let nothing = Progress::none(view::step_count(lab));
        Ok(LabPage {
            card: view::card(lab, progress.as_ref())?,
            about_html,
            goals: lab.card.goals.clone(),
            steps: view::marks(lab, progress.as_ref().unwrap_or(&nothing)),
            current: progress.as_ref().map(Progress::current),
            has_deliverable: lab.deliverable.is_some(),
            submission,
            stack: stacks::panel(&self.state, &mut conn, lab, begun.as_ref()).await?,
        })
    }

    async fn start(&self, slug: &LabSlug) -> Answer<u32> {
        let lab = self.known_lab(slug)?;
        let who = self.someone().await?;
        let attempt = attempts::begin(&self.state, &who.person_id, slug.as_str()).await?;
        let mut conn = self.state.db.read().await?;
        Ok(Progress::load(&mut conn, &attempt.id, view::step_count(lab)).await?.current())
    }

    async fn step(&self, slug: &LabSlug, number: u32) -> Answer<StepPage> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        let step = view::step(lab, number)?;
        let mut conn = self.state.db.read().await?;
        let live = view::live_step(&self.state, &mut conn, lab, &attempt, number).await?;
        let shown = progress::hints(&mut conn, &attempt.id, number).await?;
        let values = view::values_now(&self.state, &mut conn, lab, Some(&attempt)).await?;
        let text = text::step(&step.markdown, &values).map_err(view::no_value)?;
        Ok(StepPage {
            slug: slug.clone(),
            lab_title: lab.card.title.clone(),
            number,
            title: step.title.clone(),
            minutes: step.minutes,
            goal_html: text.goal_html,
            why_html: text.why_html,
            blocks: text.blocks.into_iter().map(view::block).collect(),
            downloads: view::downloads(lab, step),
            checks: live.checks,
            next_event: live.next_event,
            hints: view::hints(step, shown, &values).map_err(view::no_value)?,
            steps: live.steps,
            has_deliverable: lab.deliverable.is_some(),
            stack: live.stack,
            practice: attempt.world_id.is_some(),
        })
    }

    async fn reveal_hint(&self, slug: &LabSlug, number: u32) -> Answer<Hints> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        let step = view::step(lab, number)?;
        let most = u32::try_from(step.hints.len()).unwrap_or(u32::MAX);
        let mut tx = self.state.db.begin().await?;
        progress::reveal_hint(&mut tx, &attempt.id, number, most, self.now()).await?;
        let shown = progress::hints(&mut tx, &attempt.id, number).await?;
        let values = view::values_now(&self.state, &mut tx, lab, Some(&attempt)).await?;
        tx.commit().await?;
        view::hints(step, shown, &values).map_err(view::no_value)
    }

    async fn check_now(&self, slug: &LabSlug, number: u32) -> Answer<()> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        view::step(lab, number)?;
        if self.state.hub.check_now(&attempt.id, number).await {
            Ok(())
        } else {
            Err(conflict("The checks could not be looked at just now. They will be by themselves, soon."))
        }
    }
}

impl From<crate::practice::HostError> for app::error::ApiError {
    fn from(error: crate::practice::HostError) -> Self {
        Error::from(error).into()
    }
}
