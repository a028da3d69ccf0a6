//! The Gregorian calendar in UTC: days since 1970 to dates and back.
//!
//! Years are counted from March, so that the leap day is the last day of its year. 719468 days lie between 0000-03-01
//! and 1970-01-01. The calendar repeats after 400 years, which have 146097 days.

/// The number of days from 1970-01-01 to a date. Months and days must be valid.
pub(crate) fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Year, month and day of a time in seconds since 1970. Negative times are before 1970.
pub(crate) fn date(unix_seconds: i64) -> (i64, i64, i64) {
    let days = unix_seconds.div_euclid(86_400) + 719_468;
    let (cycle, day_of_cycle) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_cycle =
        (day_of_cycle - day_of_cycle / 1_460 + day_of_cycle / 36_524 - day_of_cycle / 146_096).div_euclid(365);
    let day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (cycle * 400 + year_of_cycle + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::{date, days_since_1970};

    #[test]
    fn both_directions_agree() {
        assert_eq!(days_since_1970(1970, 1, 1), 0);
        assert_eq!(days_since_1970(2000, 2, 29), 11_016);
        for day in (-800_000..800_000).step_by(31) {
            let (year, month, day_of_month) = date(day * 86_400);
            assert_eq!(days_since_1970(year, month, day_of_month), day);
        }
    }
}
