//! Points in the simulated world's time. There is no clock here: time always arrives as an argument.

use serde::{Deserialize, Serialize, Serializer};

/// Milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

impl Time {
    /// The moment `milliseconds` later. Saturates at the end of time.
    #[must_use]
    pub fn plus_ms(self, milliseconds: i64) -> Self {
        Self(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to `self`; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// `2026-11-21T09:12:33.120Z`, the form of AWS's XML protocols.
    pub fn iso(self) -> String {
        let (days, ms) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        format!("{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}.{:03}Z", ms % 1000)
    }

    /// `20261121T091233Z`, the form of signatures.
    pub fn basic(self) -> String {
        let kept = self.iso().chars().filter(|c| !matches!(c, '-' | ':')).take(15).collect::<String>();
        kept + "Z"
    }

    /// `Sat, 21 Nov 2026 09:12:33 GMT`, the form of HTTP's headers.
    pub fn http(self) -> String {
        const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
        const MONTHS: [&str; 12] =
            ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
        let (days, ms) = (self.0.div_euclid(86_400_000), self.0.rem_euclid(86_400_000));
        let (year, month, day) = civil_from_days(days);
        let named = |names: &[&'static str], at: i64| {
            usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or_default()
        };
        let (weekday, month) = (named(&DAYS, days.rem_euclid(7)), named(&MONTHS, month - 1));
        let (h, m, s) = (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60);
        format!("{weekday}, {day:02} {month} {year:04} {h:02}:{m:02}:{s:02} GMT")
    }

    /// Reads ISO 8601 in UTC, extended (`2026-11-21T09:12:33Z`, fraction ignored) or basic (`20261121T091233Z`).
    pub fn parse(text: &str) -> Option<Self> {
        let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
        let digits = |part: &str, sign: char| -> Option<String> {
            let kept: String = part.chars().filter(|c| *c != sign).collect();
            (part.len() <= 32 && kept.bytes().all(|b| b.is_ascii_digit())).then_some(kept)
        };
        let (date, time) = (digits(date, '-')?, digits(time.split('.').next()?, ':')?);
        if date.len() != 8 || time.len() != 6 {
            return None;
        }
        let number = |from: &str, at: std::ops::Range<usize>| from.get(at)?.parse::<i64>().ok();
        let (year, month, day) = (number(&date, 0..4)?, number(&date, 4..6)?, number(&date, 6..8)?);
        let (h, m, s) = (number(&time, 0..2)?, number(&time, 2..4)?, number(&time, 4..6)?);
        let days = days_from_civil(year, month, day);
        if civil_from_days(days) != (year, month, day) || h > 23 || m > 59 || s > 60 {
            return None;
        }
        Some(Self(((days * 24 + h) * 60 + m) * 60_000 + s * 1000))
    }
}

/// Serialises a [`Time`] as AWS's JSON protocols do: seconds since the epoch, with a fraction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Epoch(pub Time);

impl Serialize for Epoch {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of any real date fit an f64 exactly")]
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0.0 as f64 / 1000.0)
    }
}

/// Serialises a [`Time`] as AWS's XML protocols do: ISO 8601, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Iso(pub Time);

impl Serialize for Iso {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0.iso())
    }
}

/// The one member of a [`Moment`] in a tree. No member of AWS's is called so.
pub const MOMENT: &str = "\0moment";

/// Serialises a [`Time`] so that a service of several protocols need not know which is spoken: each writes it as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub Time);

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(MOMENT, self.0.0)])
    }
}

/// Gregorian date of a day count since 1970-01-01 (proleptic; Hinnant's `civil_from_days`).
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 { month_index + 3 } else { month_index - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// The inverse of [`civil_from_days`] for real dates (Hinnant's `days_from_civil`).
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_index = (month + 9).rem_euclid(12);
    let day_of_year = (153 * month_index + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_in_a_header() {
        let moment = Time::parse("2026-11-21T09:12:33Z").unwrap();
        assert_eq!(moment.http(), "Sat, 21 Nov 2026 09:12:33 GMT");
        assert_eq!(Time(0).http(), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn both_iso_forms_are_read_and_nonsense_is_not() {
        let moment = Time(1_795_252_353_000);
        assert_eq!(Time::parse("2026-11-21T09:12:33.120Z"), Some(moment));
        assert_eq!(Time::parse("20261121T091233Z"), Some(moment));
        assert_eq!(moment.basic(), "20261121T091233Z");
        for nonsense in
            ["", "Z", "20261321T091233Z", "20260230T091233Z", "20261121T251233Z", "2026112\u{663}T091233Z"]
        {
            assert_eq!(Time::parse(nonsense), None, "{nonsense}");
        }
    }

    #[test]
    fn iso_form_of_known_moments() {
        assert_eq!(Time(0).iso(), "1970-01-01T00:00:00.000Z");
        assert_eq!(Time(1_795_252_353_120).iso(), "2026-11-21T09:12:33.120Z");
        assert_eq!(Time(951_782_400_000).iso(), "2000-02-29T00:00:00.000Z");
    }
}
