//! Durations and moments as people read them. Pure: nobody here knows what time it is.

/// `45 s`, `3 min`, `1 h 5 min`.
pub(crate) fn about(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3600 => format!("{} min", seconds / 60),
        _ => {
            let (hours, minutes) = (seconds / 3600, seconds % 3600 / 60);
            if minutes == 0 { format!("{hours} h") } else { format!("{hours} h {minutes} min") }
        }
    }
}

/// Milliseconds since 1970 as `2026-11-21T09:30:00Z`, the seconds left out.
pub(crate) fn iso(at_ms: i64) -> String {
    let minutes = at_ms.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    let (year, month, day) = civil(days);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:00Z", minute / 60, minute % 60)
}

/// Milliseconds since 1970 as `21 Nov 2026, 09:30 UTC`.
pub(crate) fn stamp(at_ms: i64) -> String {
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let minutes = at_ms.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    let (year, month, day) = civil(days);
    let name =
        usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied().unwrap_or_default();
    format!("{day} {name} {year}, {:02}:{:02} UTC", minute / 60, minute % 60)
}

/// The Gregorian date of a day counted from 1970-01-01 (eras of 400 years, years that begin in March).
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (era * 400 + year_of_era + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{about, iso, stamp};

    #[test]
    fn durations() {
        let told: Vec<_> = [0, 59, 60, 3599, 3600, 3900].into_iter().map(about).collect();
        assert_eq!(told, ["0 s", "59 s", "1 min", "59 min", "1 h", "1 h 5 min"]);
    }

    #[test]
    fn moments() {
        assert_eq!(stamp(0), "1 Jan 1970, 00:00 UTC");
        assert_eq!(stamp(951_782_400_000), "29 Feb 2000, 00:00 UTC");
        assert_eq!(stamp(1_795_253_400_000), "21 Nov 2026, 09:30 UTC");
        assert_eq!(iso(1_795_253_400_000), "2026-11-21T09:30:00Z");
        assert_eq!(stamp(-1), "31 Dec 1969, 23:59 UTC");
    }
}
