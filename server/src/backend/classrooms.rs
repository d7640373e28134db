//! The instructor's workshops.

use std::collections::BTreeMap;

use app::api::{Answer, Classrooms};
use app::error::ApiError;
use app::model::{
    AttemptId, LabSlug, LiveWorkshop, StudentRow, SubmissionPage, SubmissionState, WorkshopCard, WorkshopId,
    WorkshopPage,
};
use async_trait::async_trait;

use super::deliverables::question;
use super::{Backend, class_stacks, own_id, render, view};
use crate::catalog::lab::Rubric;
use crate::classroom::deliverable::{Submission, words};
use crate::classroom::rows::Measure;
use crate::classroom::{export, marking, rows, workshop as workshops};
use crate::db::attempt::{self, Attempt};
use crate::db::workshop::{self, Workshop};
use crate::db::{Conn, Db};
use crate::state::AppState;

#[async_trait]
impl Classrooms for Backend {
    async fn workshops(&self) -> Answer<Vec<WorkshopCard>> {
        let who = self.instructor().await?;
        let found = workshop::of_instructor(&mut self.state.db.read().await?, &who.person_id).await?;
        found.into_iter().map(|workshop| self.card(workshop)).collect()
    }

    async fn create_workshop(&self, title: &str, lab: &LabSlug) -> Answer<WorkshopId> {
        let who = self.instructor().await?;
        if self.known_lab(lab).is_err() {
            return Err(ApiError::invalid("lab", "There is no such lab."));
        }
        let now = self.now();
        own_id(workshops::create(&self.state.db, &who.person_id, title, lab.as_str(), now).await?)
    }

    async fn workshop(&self, id: &WorkshopId) -> Answer<WorkshopPage> {
        let (_, found) = self.own_workshop(id).await?;
        let mut conn = self.state.db.read().await?;
        let rows = class_rows(&self.state, &mut conn, &found).await?;
        let stacks = class_stacks::of(&self.state, &mut conn, &found).await?;
        let join_url = format!("{}/join?code={}", self.state.public_url, found.join_code);
        Ok(WorkshopPage { slug: own_id(found.lab.clone())?, card: self.card(found)?, join_url, rows, stacks })
    }

    async fn close_workshop(&self, id: &WorkshopId) -> Answer<()> {
        self.set_open(id, false).await
    }

    async fn reopen_workshop(&self, id: &WorkshopId) -> Answer<()> {
        self.set_open(id, true).await
    }

    async fn end_workshop(&self, id: &WorkshopId) -> Answer<()> {
        let (_, found) = self.own_workshop(id).await?;
        self.remove_all_stacks(&found, true).await.map(|_| ())
    }

    async fn set_stack_limits(&self, id: &WorkshopId, student: &str, class: &str) -> Answer<()> {
        let (_, found) = self.own_workshop(id).await?;
        self.keep_limits(&found, student, class).await
    }

    async fn remove_stack(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<()> {
        let (_, found) = self.own_workshop(id).await?;
        let attempt = own_student(&self.state.db, &found, attempt).await?;
        self.remove_attempts_stack(&attempt).await
    }

    async fn retry_stack(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<()> {
        let (_, found) = self.own_workshop(id).await?;
        let attempt = own_student(&self.state.db, &found, attempt).await?;
        self.request_stack(self.lab_of(&found)?, &attempt).await
    }

    async fn remove_stacks(&self, id: &WorkshopId) -> Answer<u32> {
        let (_, found) = self.own_workshop(id).await?;
        self.remove_all_stacks(&found, false).await
    }

    async fn submission(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<SubmissionPage> {
        let (_, found) = self.own_workshop(id).await?;
        let attempt = own_student(&self.state.db, &found, attempt).await?;
        let lab = self.lab_of(&found)?;
        let deliverable = lab.deliverable.as_ref().ok_or(ApiError::NotFound)?;
        let mut conn = self.state.db.read().await?;
        let submission = Submission::load(&mut conn, &attempt.id).await?;
        let state = submission.state();
        let text = submission.text.filter(|text| text.handed_in_at.is_some()).ok_or(ApiError::NotFound)?;
        let points = match &submission.marking {
            Some(marking) => marking::parse(&marking.points)?,
            None => BTreeMap::new(),
        };
        let class = class_rows(&self.state, &mut conn, &found).await?;
        let student = class.iter().find(|row| row.attempt.as_str() == attempt.id);
        let values = view::values_now(&self.state, &mut conn, lab, Some(&attempt)).await?;
        Ok(SubmissionPage {
            workshop: id.clone(),
            workshop_title: found.title,
            student: student.map(|row| row.name.clone()).unwrap_or_default(),
            question_html: question(deliverable, &values)?,
            words: words(&text.markdown),
            html: render::html(text.markdown).await?,
            // As the class table has it: marked once every criterion is.
            state: student.map_or(state, |row| row.submission),
            marks: marking::marks(&deliverable.rubric, &points),
            guide: marking::guide(&deliverable.rubric),
            comment: submission.marking.map(|marking| marking.comment).unwrap_or_default(),
            next_to_mark: next_to_mark(&class, &attempt.id),
            attempt: own_id(attempt.id)?,
        })
    }

    async fn mark(
        &self,
        id: &WorkshopId,
        attempt: &AttemptId,
        points: &BTreeMap<String, u32>,
        comment: &str,
    ) -> Answer<()> {
        let (who, found) = self.own_workshop(id).await?;
        let attempt = own_student(&self.state.db, &found, attempt).await?;
        let rubric = self.rubric(&found)?;
        marking::check(rubric, points, comment)?;
        let mut tx = self.state.db.begin().await?;
        let whose = (attempt.id.as_str(), who.person_id.as_str());
        marking::keep(&mut tx, rubric, whose, points, comment, self.now()).await?;
        tx.commit().await?;
        self.changed(&attempt);
        Ok(())
    }

    async fn release(&self, id: &WorkshopId, attempt: &AttemptId) -> Answer<()> {
        let (_, found) = self.own_workshop(id).await?;
        let attempt = own_student(&self.state.db, &found, attempt).await?;
        let rubric = self.rubric(&found)?;
        let mut tx = self.state.db.begin().await?;
        marking::release(&mut tx, &attempt.id, rubric, self.now()).await?;
        tx.commit().await?;
        self.changed(&attempt);
        Ok(())
    }

    async fn release_all(&self, id: &WorkshopId) -> Answer<u32> {
        let (_, found) = self.own_workshop(id).await?;
        let rubric = self.rubric(&found)?;
        let mut tx = self.state.db.begin().await?;
        let released = marking::release_all(&mut tx, &found.id, rubric, self.now()).await?;
        tx.commit().await?;
        self.state.hub.workshop_changed(&found.id);
        Ok(released)
    }
}

impl Backend {
    fn card(&self, workshop: Workshop) -> Answer<WorkshopCard> {
        let lab = self.state.catalog.labs.get(&workshop.lab);
        Ok(WorkshopCard {
            id: own_id(workshop.id)?,
            title: workshop.title,
            lab_title: lab.map_or(workshop.lab, |lab| lab.card.title.clone()),
            join_code: workshop.join_code,
            open: workshop.is_open,
            students: workshop.students,
            to_mark: workshop.to_mark,
            created_at_ms: workshop.created_at,
        })
    }

    async fn set_open(&self, id: &WorkshopId, open: bool) -> Answer<()> {
        let (_, found) = self.own_workshop(id).await?;
        let mut tx = self.state.db.begin().await?;
        workshop::set_open(&mut tx, &found.id, open).await?;
        tx.commit().await?;
        Ok(())
    }

    fn rubric(&self, workshop: &Workshop) -> Answer<&Rubric> {
        let deliverable = self.lab_of(workshop)?.deliverable.as_ref();
        Ok(&deliverable.ok_or(ApiError::NotFound)?.rubric)
    }

    /// The class as CSV.
    pub(crate) async fn class_csv(&self, id: &WorkshopId) -> Answer<String> {
        let (_, found) = self.own_workshop(id).await?;
        let mut conn = self.state.db.read().await?;
        let class = attempt::class(&mut conn, &found.id).await?;
        let mut lines = Vec::with_capacity(class.len());
        let lab = self.lab_of(&found)?;
        for stored in class {
            let points = stored.points.as_deref().map(marking::parse).transpose()?;
            let comment = stored.comment.clone().unwrap_or_default();
            let row = rows::rows(vec![stored], &Measure::of(lab), self.now()).pop();
            lines.extend(row.map(|row| export::Line { row, points, comment }));
        }
        Ok(export::csv(lab.deliverable.as_ref().map(|deliverable| &deliverable.rubric), &lines))
    }

    /// The class table as it is now.
    pub(crate) async fn live_workshop(state: &AppState, workshop: &Workshop) -> Answer<LiveWorkshop> {
        let mut conn = state.db.read().await?;
        let rows = class_rows(state, &mut conn, workshop).await?;
        Ok(LiveWorkshop { rows, stacks: class_stacks::of(state, &mut conn, workshop).await? })
    }
}

async fn class_rows(state: &AppState, conn: &mut Conn, workshop: &Workshop) -> Answer<Vec<StudentRow>> {
    let measure = state.catalog.labs.get(&workshop.lab).map(Measure::of).unwrap_or_default();
    Ok(rows::rows(attempt::class(conn, &workshop.id).await?, &measure, state.clock.now()))
}

/// An attempt of this workshop.
async fn own_student(db: &Db, workshop: &Workshop, attempt: &AttemptId) -> Answer<Attempt> {
    let found = attempt::find(&mut db.read().await?, attempt.as_str()).await?;
    found.filter(|found| found.workshop_id.as_deref() == Some(&workshop.id)).ok_or(ApiError::NotFound)
}

/// The next in the class's order, round its end, that is handed in and not marked.
fn next_to_mark(class: &[StudentRow], attempt: &str) -> Option<AttemptId> {
    let here = class.iter().position(|row| row.attempt.as_str() == attempt).unwrap_or(0);
    let (before, after) = class.split_at(here);
    let waits = |row: &&StudentRow| {
        row.attempt.as_str() != attempt && matches!(row.submission, SubmissionState::HandedIn { .. })
    };
    after.iter().chain(before).find(waits).map(|row| row.attempt.clone())
}
