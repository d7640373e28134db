//! A class as CSV (RFC 4180), for a spreadsheet. Pure. A text that a spreadsheet would take for a formula is
//! prefixed with an apostrophe: names and comments come from people.

use app::model::{StudentRow, SubmissionState};

use super::marking::Points;
use crate::catalog::lab::Rubric;

/// A student's row with its marks.
#[derive(Debug)]
pub(crate) struct Line {
    pub(crate) row: StudentRow,
    pub(crate) points: Option<Points>,
    pub(crate) comment: String,
}

/// The whole file. The first bytes tell spreadsheets that it is UTF-8.
pub(crate) fn csv(rubric: Option<&Rubric>, lines: &[Line]) -> String {
    let criteria = rubric.map_or(&[][..], |rubric| &rubric.criteria);
    let mut header: Vec<String> =
        ["Name", "Steps passed", "Steps", "Current step", "Last cause", "Text"].map(str::to_owned).to_vec();
    header.extend(criteria.iter().map(|criterion| format!("{} (of {})", criterion.title, criterion.points)));
    header.extend(["Total".to_owned(), "Comment".to_owned()]);

    let mut out = String::from("\u{feff}");
    push_line(&mut out, &header);
    for line in lines {
        let row = &line.row;
        let mut fields = vec![
            row.name.clone(),
            row.passed.to_string(),
            row.steps.to_string(),
            row.step.to_string(),
            row.last_cause.clone().unwrap_or_default(),
            state(row.submission).to_owned(),
        ];
        let given = |id: &str| line.points.as_ref().and_then(|points| points.get(id).copied());
        fields.extend(criteria.iter().map(|c| given(&c.id).map_or_else(String::new, |n| n.to_string())));
        let total: u32 = criteria.iter().filter_map(|c| given(&c.id)).sum();
        fields.push(line.points.as_ref().map_or_else(String::new, |_| total.to_string()));
        fields.push(line.comment.clone());
        push_line(&mut out, &fields);
    }
    out
}

const fn state(submission: SubmissionState) -> &'static str {
    match submission {
        SubmissionState::NotBegun => "not begun",
        SubmissionState::Draft => "draft",
        SubmissionState::HandedIn { .. } => "handed in",
        SubmissionState::Marked { .. } => "marked",
        SubmissionState::Released { .. } => "released",
    }
}

fn push_line(out: &mut String, fields: &[String]) {
    for (i, field) in fields.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        out.push_str(&quoted(field));
    }
    out.push_str("\r\n");
}

fn quoted(field: &str) -> String {
    // Leading spaces do not stop a spreadsheet, so they are looked through.
    let formula = field.trim_start().starts_with(['=', '+', '-', '@', '|', '%'])
        || field.starts_with(['\t', '\r', '\n']);
    let guard = if formula { "'" } else { "" };
    if formula || field.contains([',', '"', '\r', '\n', ';', '\t']) {
        format!("\"{guard}{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_and_separators_are_defused() {
        assert_eq!(quoted("Ada"), "Ada");
        assert_eq!(quoted("Lovelace, \"Ada\""), "\"Lovelace, \"\"Ada\"\"\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
        for bad in ["+1", "-1", "@SUM(1)", "\t=1", "  =1", "\r=1"] {
            assert!(quoted(bad).starts_with("\"'"), "{bad:?}");
        }
    }
}
