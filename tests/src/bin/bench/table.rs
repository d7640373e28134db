//! The table at the end.

use std::fmt;

/// Lines of figures.
#[derive(Debug, Default)]
pub(crate) struct Table {
    lines: Vec<Line>,
}

#[derive(Debug)]
struct Line {
    what: String,
    figure: String,
    bound: Option<(String, bool)>,
}

impl Table {
    /// A figure without a bound.
    pub(crate) fn tell(&mut self, what: impl Into<String>, figure: impl Into<String>) {
        self.lines.push(Line { what: what.into(), figure: figure.into(), bound: None });
    }

    /// A figure that must hold.
    pub(crate) fn claim(
        &mut self,
        what: impl Into<String>,
        figure: impl Into<String>,
        bound: impl Into<String>,
        holds: bool,
    ) {
        let bound = Some((bound.into(), holds));
        self.lines.push(Line { what: what.into(), figure: figure.into(), bound });
    }

    /// Whether every bound holds.
    pub(crate) fn holds(&self) -> bool {
        self.lines.iter().all(|line| line.bound.as_ref().is_none_or(|(_, holds)| *holds))
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |of: fn(&Line) -> usize| self.lines.iter().map(of).max().unwrap_or(0);
        let (what, figure) = (width(|line| line.what.len()), width(|line| line.figure.len()));
        for line in &self.lines {
            write!(f, "{:what$}  {:>figure$}", line.what, line.figure)?;
            if let Some((bound, holds)) = &line.bound {
                write!(f, "  {bound:<24} {}", if *holds { "holds" } else { "DOES NOT HOLD" })?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The value below which `part` (of 1) of the sorted values lie; 0 of none.
pub(crate) fn quantile(sorted: &[f64], part: f64) -> f64 {
    let last = sorted.len().saturating_sub(1);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index"
    )]
    let at = (last as f64 * part).round() as usize;
    sorted.get(at).copied().unwrap_or(0.0)
}

/// Sorted.
pub(crate) fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}
