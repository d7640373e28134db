//! Schedule expressions: `at(...)`, `rate(...)` and `cron(...)`, in UTC. Not here: `L`, `W` and `#` in cron. Follows
//! "Creating an Amazon EventBridge rule that runs on a schedule".

use std::collections::BTreeSet;

use super::time::Time;

const MINUTE_MS: i64 = 60_000;
const DAY_MS: i64 = 86_400_000;
/// How far ahead a cron expression is followed: four years and a day, so that a 29th of February is found.
const MAX_DAYS: i64 = 1_462;

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Schedule {
    /// Once.
    At(Time),
    /// Every so many milliseconds.
    Rate(i64),
    /// By the calendar.
    Cron(Box<Cron>),
}

/// The fields of a cron expression; None stands for every value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    minutes: Option<BTreeSet<i64>>,
    hours: Option<BTreeSet<i64>>,
    days: Option<BTreeSet<i64>>,
    months: Option<BTreeSet<i64>>,
    /// 1 is Sunday.
    weekdays: Option<BTreeSet<i64>>,
    years: Option<BTreeSet<i64>>,
    /// Whether a day that fits either of days and weekdays will do, as in Unix's cron.
    either: bool,
}

impl Schedule {
    /// Reads an expression.
    pub fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.trim().split_once('(')?;
        let inner = rest.strip_suffix(')')?.trim();
        match kind {
            "at" => Time::parse(&format!("{inner}Z")).map(Self::At),
            "rate" => rate(inner).map(Self::Rate),
            "cron" => Cron::parse(inner).map(|cron| Self::Cron(Box::new(cron))),
            _ => None,
        }
    }

    /// Reads the five fields of Unix's cron: minute, hour, day of the month, month, day of the week from Sunday, 0 or 7.
    pub fn unix(text: &str) -> Option<Self> {
        Cron::unix(text).map(|cron| Self::Cron(Box::new(cron)))
    }

    /// The first moment after `now`; a rate counts from `since`.
    pub fn next(&self, since: Time, now: Time) -> Option<Time> {
        match self {
            Self::At(at) => Some(*at).filter(|at| *at > now),
            Self::Rate(every) => {
                let passed = now.since(since).max(0).div_euclid(*every).saturating_add(1);
                Some(since.plus_ms(passed.saturating_mul(*every)))
            }
            Self::Cron(cron) => cron.next(now),
        }
    }
}

/// `5 minutes`, with the singular for one and the plural for more.
fn rate(text: &str) -> Option<i64> {
    let (count, unit) = text.split_once(' ')?;
    let count: i64 = count.parse().ok().filter(|count| (1..=1_000_000).contains(count))?;
    let every = match (unit.trim(), count) {
        ("minute", 1) | ("minutes", 2..) => MINUTE_MS,
        ("hour", 1) | ("hours", 2..) => 60 * MINUTE_MS,
        ("day", 1) | ("days", 2..) => DAY_MS,
        _ => return None,
    };
    Some(count * every)
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];

impl Cron {
    fn unix(text: &str) -> Option<Self> {
        const WEEKDAYS: [&str; 7] = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays] = fields.as_slice() else { return None };
        if fields.contains(&"?") {
            return None;
        }
        let days = field(days, 1..=31, &[])?;
        let weekdays = field(weekdays, 0..=7, &WEEKDAYS)?;
        Some(Self {
            minutes: field(minutes, 0..=59, &[])?,
            hours: field(hours, 0..=23, &[])?,
            months: field(months, 1..=12, &MONTHS)?,
            either: days.is_some() && weekdays.is_some(),
            days,
            weekdays: weekdays.map(|all| all.into_iter().map(|day| day % 7 + 1).collect()),
            years: None,
        })
    }

    fn parse(text: &str) -> Option<Self> {
        const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
        let fields: Vec<&str> = text.split_whitespace().collect();
        let [minutes, hours, days, months, weekdays, years] = fields.as_slice() else { return None };
        // One of the two must leave the choice to the other.
        if (*days == "?") == (*weekdays == "?") {
            return None;
        }
        Some(Self {
            minutes: field(minutes, 0..=59, &[])?,
            hours: field(hours, 0..=23, &[])?,
            days: field(days, 1..=31, &[])?,
            months: field(months, 1..=12, &MONTHS)?,
            weekdays: field(weekdays, 1..=7, &WEEKDAYS)?,
            years: field(years, 1970..=2199, &[])?,
            either: false,
        })
    }

    fn next(&self, now: Time) -> Option<Time> {
        let from = now.0.div_euclid(MINUTE_MS).saturating_add(1).saturating_mul(MINUTE_MS);
        let today = from.div_euclid(DAY_MS);
        let has =
            |set: &Option<BTreeSet<i64>>, value: i64| set.as_ref().is_none_or(|set| set.contains(&value));
        for day in today..today + MAX_DAYS {
            let date = Time(day * DAY_MS).iso();
            let part = |at: std::ops::Range<usize>| date.get(at).and_then(|text| text.parse::<i64>().ok());
            let (year, month, of_month) = (part(0..4)?, part(5..7)?, part(8..10)?);
            let weekday = (day + 4).rem_euclid(7) + 1;
            let (dated, named) = (has(&self.days, of_month), has(&self.weekdays, weekday));
            let fits = if self.either { dated || named } else { dated && named };
            if !(has(&self.years, year) && has(&self.months, month) && fits) {
                continue;
            }
            for minute in 0..1_440 {
                let at = day * DAY_MS + minute * MINUTE_MS;
                if at >= from && has(&self.hours, minute / 60) && has(&self.minutes, minute % 60) {
                    return Some(Time(at));
                }
            }
        }
        None
    }
}

/// The values of a field: outer None when it cannot be read, inner None for all.
#[expect(clippy::option_option, reason = "a field that leaves the choice is not one that cannot be read")]
fn field(text: &str, range: std::ops::RangeInclusive<i64>, names: &[&str]) -> Option<Option<BTreeSet<i64>>> {
    if matches!(text, "*" | "?") {
        return Some(None);
    }
    let value = |text: &str| -> Option<i64> {
        let place = names.iter().position(|name| name.eq_ignore_ascii_case(text));
        let value = place.and_then(|at| i64::try_from(at + 1).ok()).or_else(|| text.parse().ok())?;
        range.contains(&value).then_some(value)
    };
    let mut values = BTreeSet::new();
    for part in text.split(',') {
        let (span, step) = match part.split_once('/') {
            Some((span, step)) => (span, step.parse::<usize>().ok().filter(|step| *step > 0)?),
            None => (part, 1),
        };
        let (first, last) = match span.split_once('-') {
            Some((first, last)) => (value(first)?, value(last)?),
            None if span == "*" => (*range.start(), *range.end()),
            None if part.contains('/') => (value(span)?, *range.end()),
            None => (value(span)?, value(span)?),
        };
        if first > last {
            return None;
        }
        values.extend((first..=last).step_by(step));
    }
    Some(Some(values))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_moment_is_found() {
        // A Saturday.
        let now = Time::parse("2026-11-21T09:12:33Z").unwrap();
        for (text, next) in [
            ("at(2026-11-22T00:00:00)", Some("2026-11-22T00:00:00.000Z")),
            ("at(2026-11-20T00:00:00)", None),
            ("rate(5 minutes)", Some("2026-11-21T09:17:33.000Z")),
            ("cron(0/15 * * * ? *)", Some("2026-11-21T09:15:00.000Z")),
            ("cron(0 10 ? * MON-FRI *)", Some("2026-11-23T10:00:00.000Z")),
            ("cron(30 8 1 * ? *)", Some("2026-12-01T08:30:00.000Z")),
            ("cron(0 0 29 2 ? *)", Some("2028-02-29T00:00:00.000Z")),
            ("cron(0 0 1 1 ? 2020)", None),
        ] {
            let found = Schedule::parse(text).unwrap().next(now, now).map(Time::iso);
            assert_eq!(found.as_deref(), next, "{text}");
        }
    }

    #[test]
    fn unix_writes_it_otherwise() {
        // A Saturday.
        let now = Time::parse("2026-11-21T09:12:33Z").unwrap();
        for (text, next) in [
            ("30 8 * * *", "2026-11-22T08:30:00.000Z"),
            ("0 10 * * 1-5", "2026-11-23T10:00:00.000Z"),
            ("0 10 * * 0", "2026-11-22T10:00:00.000Z"),
            ("0 10 * * SUN", "2026-11-22T10:00:00.000Z"),
            ("0 10 * * 7", "2026-11-22T10:00:00.000Z"),
            // A day that fits either of the two.
            ("0 0 1 * 3", "2026-11-25T00:00:00.000Z"),
            ("*/20 * * 11 6", "2026-11-21T09:20:00.000Z"),
        ] {
            let found = Schedule::unix(text).unwrap().next(now, now).map(Time::iso);
            assert_eq!(found.as_deref(), Some(next), "{text}");
        }
        for text in ["", "* * * *", "0 8 ? * *", "60 * * * *", "0 0 * * 8", "0 8 * * ? *"] {
            assert_eq!(Schedule::unix(text), None, "{text}");
        }
    }

    #[test]
    fn nonsense_is_not_read() {
        for text in [
            "",
            "rate(1 minutes)",
            "rate(5 minute)",
            "rate(0 minutes)",
            "cron(* * * * * *)",
            "cron(60 * * * ? *)",
            "cron(0 0 L * ? *)",
            "at(now)",
            "every(5)",
        ] {
            assert_eq!(Schedule::parse(text), None, "{text}");
        }
    }
}
