//! What state a metric alarm should be in. Follows "Evaluating an alarm" and "Configuring how alarms treat missing
//! data" of the CloudWatch User Guide.

use serde_json::json;

use super::data;
use super::model::{MetricWatch, State};
use crate::core::time::Time;
use crate::world::View;

/// Periods looked at beyond those that count, as AWS does when data are missing.
const EXTRA: i64 = 2;

/// A state and why.
#[derive(Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) state: State,
    pub(super) reason: String,
    pub(super) data: String,
}

/// What the alarm should be now; None when it stays as it is.
pub(super) fn judge(view: &View<'_>, watch: &MetricWatch, current: State) -> Option<Verdict> {
    let period = watch.period().saturating_mul(1000);
    let end = view.now.0.div_euclid(period).saturating_mul(period);
    let count = watch.evaluation_periods + EXTRA;
    let from = end.saturating_sub(count.saturating_mul(period));
    let shown = watch.shown()?;
    let known = data::queries(view, &watch.queries, Time(from), Time(end)).ok()?;
    let points = known.get(&shown.id)?;
    let in_range: Vec<(i64, f64)> =
        points.iter().filter(|(at, _)| (from..end).contains(*at)).map(|(at, value)| (*at, *value)).collect();
    decide(watch, current, &in_range, end, period, view.now)
}

/// The newest value of what an alarm looks at, within its evaluation range.
pub fn latest(view: &View<'_>, watch: &MetricWatch) -> Option<f64> {
    let period = watch.period().saturating_mul(1000);
    let end = view.now.0.div_euclid(period).saturating_mul(period);
    let from = end.saturating_sub((watch.evaluation_periods + EXTRA).saturating_mul(period));
    let known = data::queries(view, &watch.queries, Time(from), Time(end)).ok()?;
    known.get(&watch.shown()?.id)?.range(..end).next_back().map(|(_, value)| *value)
}

fn breaches(watch: &MetricWatch, value: f64) -> bool {
    match watch.comparison.as_str() {
        "GreaterThanThreshold" => value > watch.threshold,
        "GreaterThanOrEqualToThreshold" => value >= watch.threshold,
        "LessThanThreshold" => value < watch.threshold,
        _ => value <= watch.threshold,
    }
}

fn decide(
    watch: &MetricWatch,
    current: State,
    points: &[(i64, f64)],
    end: i64,
    period: i64,
    now: Time,
) -> Option<Verdict> {
    let wanted = usize::try_from(watch.evaluation_periods).unwrap_or(1).max(1);
    let needed = watch.datapoints_to_alarm.unwrap_or(watch.evaluation_periods);
    let needed = usize::try_from(needed).unwrap_or(1).max(1);
    // The newest of what there is; what is missing is filled in only when there is too little.
    let real = points.get(points.len().saturating_sub(wanted)..).unwrap_or_default();
    let filled = wanted - real.len();
    let breaching = real.iter().filter(|(_, value)| breaches(watch, *value)).count();
    let treat = watch.treat_missing.as_deref().unwrap_or("missing");
    let state = match treat {
        "breaching" => alarm_if(breaching + filled >= needed),
        "notBreaching" => alarm_if(breaching >= needed),
        _ if breaching >= needed => State::Alarm,
        _ if filled == 0 => State::Ok,
        "ignore" if real.is_empty() => current,
        _ if real.is_empty() => State::InsufficientData,
        _ if breaching < real.len() => State::Ok,
        // All that there is breaches, and the oldest of it is old enough: what is missing does not speak against it.
        _ if treat == "missing"
            && real.first().is_some_and(|(at, _)| periods(end - at, period) >= needed) =>
        {
            State::Alarm
        }
        _ => current,
    };
    if state == current {
        return None;
    }
    let values: Vec<f64> = real.iter().map(|(_, value)| *value).collect();
    Some(Verdict {
        state,
        reason: reason(watch, current, state, real, needed, filled),
        data: json!({
            "version": "1.0",
            "queryDate": stamp(now.0),
            "startDate": real.first().map(|(at, _)| stamp(*at)),
            "statistic": watch.shown().and_then(|query| query.metric_stat.as_ref()).map(|stat| stat.stat.clone()),
            "period": period / 1000,
            "recentDatapoints": values,
            "threshold": watch.threshold,
        })
        .to_string(),
    })
}

fn periods(milliseconds: i64, period: i64) -> usize {
    usize::try_from(milliseconds / period.max(1)).unwrap_or(0)
}

fn alarm_if(breaching: bool) -> State {
    if breaching { State::Alarm } else { State::Ok }
}

fn stamp(at: i64) -> String {
    let iso = Time(at).iso();
    format!("{}+0000", iso.trim_end_matches('Z'))
}

/// `21/11/26 09:12:00`
fn short(at: i64) -> String {
    let iso = Time(at).iso();
    let part = |range: std::ops::Range<usize>| iso.get(range).unwrap_or_default().to_owned();
    format!("{}/{}/{} {}", part(8..10), part(5..7), part(2..4), part(11..19))
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "datapoint" } else { "datapoints" }
}

fn reason(
    watch: &MetricWatch,
    from: State,
    to: State,
    real: &[(i64, f64)],
    needed: usize,
    filled: usize,
) -> String {
    if to == State::InsufficientData {
        let (count, were) = (filled, if filled == 1 { "datapoint was" } else { "datapoints were" });
        return format!("Insufficient Data: {count} {were} unknown.");
    }
    let treat = watch.treat_missing.as_deref().unwrap_or("missing");
    if real.is_empty() {
        let (were, kind) = (
            if filled == 1 { "datapoint was" } else { "datapoints were" },
            if to == State::Alarm { "Breaching" } else { "NonBreaching" },
        );
        return format!(
            "Threshold Crossed: no datapoints were received for {filled} {} and {filled} missing {were} treated as [{kind}].",
            if filled == 1 { "period" } else { "periods" }
        );
    }
    let chosen: Vec<&(i64, f64)> =
        real.iter().filter(|(_, value)| breaches(watch, *value) == (to == State::Alarm)).collect();
    let list: Vec<String> =
        chosen.iter().rev().map(|(at, value)| format!("{value:?} ({})", short(*at))).collect();
    let than = match watch.comparison.as_str() {
        "GreaterThanThreshold" => "greater than",
        "GreaterThanOrEqualToThreshold" => "greater than or equal to",
        "LessThanThreshold" => "less than",
        _ => "less than or equal to",
    };
    let not = if to == State::Alarm { "" } else { "not " };
    let were = if chosen.len() == 1 { "was" } else { "were" };
    let total = real.len() + filled;
    let missing = if filled > 0 && treat == "breaching" && to == State::Alarm {
        format!(
            " and {filled} missing {} treated as [Breaching]",
            if filled == 1 { "datapoint was" } else { "datapoints were" }
        )
    } else {
        String::new()
    };
    let enough = if to == State::Alarm { needed } else { total.saturating_sub(needed) + 1 };
    format!(
        "Threshold Crossed: {} out of the last {total} {} [{}] {were} {not}{than} the threshold ({:?}){missing} (minimum {enough} {} for {} -> {} transition).",
        chosen.len(),
        plural(total),
        list.join(", "),
        watch.threshold,
        plural(enough),
        if from == State::InsufficientData && to == State::Ok { State::Alarm } else { from }.name(),
        to.name(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn watch(periods: i64, needed: i64, treat: &str) -> MetricWatch {
        MetricWatch {
            queries: Vec::new(),
            is_math: false,
            evaluation_periods: periods,
            datapoints_to_alarm: Some(needed),
            threshold: 50.0,
            comparison: "GreaterThanThreshold".to_owned(),
            treat_missing: Some(treat.to_owned()),
        }
    }

    /// The table of "How alarm state is evaluated when data is missing": five periods, three count.
    fn state(pattern: &str, treat: &str) -> State {
        let points: Vec<(i64, f64)> = (0_i64..)
            .zip(pattern.chars())
            .filter(|(_, c)| *c != '-')
            .map(|(at, c)| (at * 60_000, if c == 'X' { 90.0 } else { 10.0 }))
            .collect();
        let current = State::InsufficientData;
        let verdict = decide(&watch(3, 3, treat), current, &points, 300_000, 60_000, Time(300_000));
        verdict.map_or(current, |verdict| verdict.state)
    }

    #[test]
    fn missing_data_are_treated_as_aws_tabulates() {
        use State::{Alarm, InsufficientData, Ok};
        let all = ["missing", "ignore", "breaching", "notBreaching"];
        let row = |pattern: &str| all.map(|treat| state(pattern, treat));
        assert_eq!(row("0-X-X"), [Ok, Ok, Ok, Ok]);
        assert_eq!(row("----0"), [Ok, Ok, Ok, Ok]);
        assert_eq!(row("-----"), [InsufficientData, InsufficientData, Alarm, Ok]);
        assert_eq!(row("0XX-X"), [Alarm, Alarm, Alarm, Alarm]);
        assert_eq!(row("--X--"), [Alarm, InsufficientData, Alarm, Ok]);
    }

    #[test]
    fn the_reason_is_aws_s_sentence() {
        let points = [(0, 80.0), (60_000, 90.0), (120_000, 95.0)];
        let verdict =
            decide(&watch(3, 3, "missing"), State::Ok, &points, 180_000, 60_000, Time(180_000)).unwrap();
        assert_eq!(
            verdict.reason,
            "Threshold Crossed: 3 out of the last 3 datapoints [95.0 (01/01/70 00:02:00), 90.0 (01/01/70 00:01:00), 80.0 (01/01/70 00:00:00)] were greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition)."
        );
    }
}
