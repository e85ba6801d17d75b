//! Times as files of charges have them (BI-23).

use crate::time::Timestamp;

/// Reads a time, and tells whether it is written as FOCUS asks; `None` for what has no one meaning.
pub(in crate::bill) fn read(text: &str) -> Option<(Timestamp, bool)> {
    let (date, rest) = text.as_bytes().split_at_checked(10)?;
    let days = days(date)?;
    if rest.is_empty() {
        return Some((Timestamp::from_seconds(days * 86_400)?, false));
    }
    let (clock, rest) = rest.split_at_checked(6)?;
    let [separator @ (b'T' | b' '), h1, h2, b':', m1, m2] = clock else { return None };
    let (hours, minutes) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?);
    let (seconds, zone) = match rest {
        [b':', s1, s2, rest @ ..] => (number(&[*s1, *s2])?, fraction(rest)?),
        _ => (0, rest),
    };
    if hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    let local = i64::try_from(days * 86_400 + hours * 3_600 + minutes * 60 + seconds).ok()?;
    let time = Timestamp::from_seconds(u64::try_from(local - offset(zone)?).ok()?)?;
    Some((time, *separator == b'T' && rest.len() == 4 && zone == b"Z"))
}

/// What stands after a fraction of zeros, or after none.
fn fraction(text: &[u8]) -> Option<&[u8]> {
    let Some((b'.', digits)) = text.split_first() else { return Some(text) };
    let zeros = digits.iter().take_while(|byte| **byte == b'0').count();
    digits.get(zeros..).filter(|rest| zeros > 0 && !rest.first().is_some_and(u8::is_ascii_digit))
}

/// Seconds that a zone is ahead of UTC.
fn offset(zone: &[u8]) -> Option<i64> {
    let (sign, hours, minutes) = match zone {
        b"" | b"Z" | b" UTC" => return Some(0),
        [sign, h1, h2] => (sign, number(&[*h1, *h2])?, 0),
        [sign, h1, h2, b':', m1, m2] => (sign, number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        _ => return None,
    };
    let ahead = i64::try_from(hours * 3_600 + minutes * 60).ok()?;
    match sign {
        _ if hours > 23 || minutes > 59 => None,
        b'+' => Some(ahead),
        b'-' => Some(-ahead),
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |value, byte| {
        byte.is_ascii_digit().then(|| value * 10 + u64::from(byte - b'0'))
    })
}

/// Days since 1970-01-01 of `YYYY-MM-DD`.
fn days(date: &[u8]) -> Option<u64> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = date else { return None };
    let (year, month) = (number(&[*y1, *y2, *y3, *y4])?, number(&[*m1, *m2])?);
    let day = number(&[*d1, *d2])?;
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + u64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if year < 1_970 || day == 0 || day > length {
        return None;
    }
    // Years begin in March here, so that a leap day is the last of its year.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 1;
    days.checked_sub(719_468)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn seconds(text: &str) -> Option<(u64, bool)> {
        read(text).map(|(time, plain)| (time.seconds(), plain))
    }

    #[test]
    fn every_notation_of_the_rule_and_no_other() {
        let time = 1_726_696_800;
        assert_eq!(seconds("2024-09-18T22:00:00Z"), Some((time, true)));
        for text in [
            "2024-09-18 22:00:00",
            "2024-09-18 22:00:00Z",
            "2024-09-18T22:00:00",
            "2024-09-18T22:00Z",
            "2024-09-18 22:00",
            "2024-09-18 22:00:00.000",
            "2024-09-18T22:00:00.0Z",
            "2024-09-18 22:00:00 UTC",
            "2024-09-18 22:00:00+00",
            "2024-09-18T22:00:00+00:00",
            "2024-09-19T00:30:00+02:30",
            "2024-09-18T14:00:00-08:00",
        ] {
            assert_eq!(seconds(text), Some((time, false)), "{text}");
        }
        assert_eq!(seconds("2024-09-18"), Some((1_726_617_600, false)));
        for text in [
            "",
            "5/1/25",
            "2024-9-18",
            "2024-09-18T",
            "2024-09-18T22",
            "2024-09-18t22:00:00Z",
            "2024-09-18T22:00:00z",
            "2024-09-18T22:00:00.5Z",
            "2024-09-18T22:00:00.Z",
            "2024-09-18T22:00:60Z",
            "2024-09-18T24:00:00Z",
            "2024-09-18T22:60:00Z",
            "2024-02-30T00:00:00Z",
            "2023-02-29",
            "2024-13-01",
            "2024-00-01",
            "2024-01-00",
            "1969-12-31",
            "1970-01-01T00:00:00+01:00",
            "2024-09-18T22:00:00+24:00",
            "2024-09-18T22:00:00+00:60",
            "2024-09-18T22:00:00 CET",
            "2024-09-18T22:00.0Z",
            " 2024-09-18",
            "2024-09-18 ",
            "2024-09-18T22:00:00ZZ",
            "٢٠٢٤-09-18",
            "2024-09-18T22:00:00*00",
        ] {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_calendar_is_that_of_the_library(at in 0..=Timestamp::MAX.seconds()) {
            let text = Timestamp::from_seconds(at).unwrap().to_string();
            prop_assert_eq!(seconds(&text), Some((at, true)));
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:. +-]{0,30}|\\PC{0,24}") {
            let _ = read(&text);
        }
    }
}
