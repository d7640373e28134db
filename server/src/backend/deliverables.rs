//! The student's text.

use app::api::{Answer, Deliverables};
use app::error::ApiError;
use app::model::{Draft, LabSlug, ResultView, SaveOutcome, SubmissionState};
use async_trait::async_trait;

use super::{Backend, render, view};
use crate::catalog::lab::{Deliverable, Lab};
use crate::catalog::text;
use crate::catalog::values::Values;
use crate::classroom::deliverable::{self, MAX_BYTES, Saved, Submission, for_student};
use crate::classroom::marking;
use crate::db::attempt::Attempt;

impl Backend {
    async fn own_text(&self, slug: &LabSlug) -> Answer<(&Lab, &Deliverable, Attempt)> {
        let (lab, attempt) = self.own_attempt(slug).await?;
        let deliverable = lab.deliverable.as_ref().ok_or(ApiError::NotFound)?;
        Ok((lab, deliverable, attempt))
    }
}

/// What is asked, and how.
pub(super) fn question(deliverable: &Deliverable, values: &Values) -> Answer<String> {
    let guidance = deliverable.guidance.as_deref().unwrap_or_default();
    let markdown = format!("{}\n\n{guidance}", deliverable.question);
    text::html(&markdown, values).map_err(view::no_value)
}

#[async_trait]
impl Deliverables for Backend {
    async fn draft(&self, slug: &LabSlug) -> Answer<Draft> {
        let (lab, deliverable, attempt) = self.own_text(slug).await?;
        let submission = Submission::load(&mut self.state.db.read().await?, &attempt.id).await?;
        let values = view::values(&self.state, lab, Some(&attempt)).map_err(view::no_value)?;
        let state = submission.state();
        let markdown = submission.text.as_ref().map(|text| text.markdown.clone()).unwrap_or_default();
        Ok(Draft {
            slug: slug.clone(),
            lab_title: lab.card.title.clone(),
            question_html: question(deliverable, &values)?,
            criteria: marking::criteria(&deliverable.rubric),
            html: render::html(markdown.clone()).await?,
            markdown,
            revision: submission.text.as_ref().map_or(0, |text| text.revision),
            saved_at_ms: submission.text.as_ref().map(|text| text.saved_at),
            state: for_student(state),
            can_withdraw: matches!(state, SubmissionState::HandedIn { .. }),
            max_bytes: u32::try_from(MAX_BYTES).unwrap_or(u32::MAX),
        })
    }

    async fn save_draft(&self, slug: &LabSlug, markdown: &str, revision: i64) -> Answer<SaveOutcome> {
        let (_, _, attempt) = self.own_text(slug).await?;
        let now = self.now();
        match deliverable::save(&self.state.db, &attempt.id, markdown, revision, now).await? {
            Saved::Kept(revision) => {
                // The class table tells a draft from nothing; later saves change nothing there.
                if revision == 1 {
                    self.changed(&attempt);
                }
                Ok(SaveOutcome::Saved { revision, at_ms: now })
            }
            Saved::Conflict(kept) => {
                Ok(SaveOutcome::Conflict { markdown: kept.markdown, revision: kept.revision })
            }
        }
    }

    async fn preview(&self, markdown: &str) -> Answer<String> {
        self.someone().await?;
        deliverable::check_length(markdown)?;
        render::html(markdown.to_owned()).await
    }

    async fn hand_in(&self, slug: &LabSlug) -> Answer<()> {
        let (_, _, attempt) = self.own_text(slug).await?;
        deliverable::hand_in(&self.state.db, &attempt.id, self.now()).await?;
        self.changed(&attempt);
        Ok(())
    }

    async fn withdraw(&self, slug: &LabSlug) -> Answer<()> {
        let (_, _, attempt) = self.own_text(slug).await?;
        deliverable::withdraw(&self.state.db, &attempt.id).await?;
        self.changed(&attempt);
        Ok(())
    }

    async fn result(&self, slug: &LabSlug) -> Answer<Option<ResultView>> {
        let (_, deliverable, attempt) = self.own_text(slug).await?;
        let submission = Submission::load(&mut self.state.db.read().await?, &attempt.id).await?;
        let Some(marking) = submission.marking else { return Ok(None) };
        let Some(released_at_ms) = marking.released_at else { return Ok(None) };
        let points = marking::parse(&marking.points)?;
        Ok(Some(ResultView {
            marks: marking::marks(&deliverable.rubric, &points),
            comment_html: render::html(marking.comment).await?,
            released_at_ms,
        }))
    }
}
