//! How a moment is written (`DateTimeFormat`, FO-21).

use super::flaws::*;

/// The flaws of a cell of a column of moments.
pub(super) fn flaws(cell: &str) -> u64 {
    let Some(read) = read(cell) else {
        let mut found = MOMENT_TYPE | MOMENT_ISO | MOMENT_DIGITS;
        if cell.as_bytes().get(10) != Some(&b'T') {
            found |= MOMENT_T;
        }
        if !cell.ends_with('Z') {
            found |= MOMENT_Z;
        }
        return found;
    };
    let mut found = 0;
    if read.offset {
        found |= MOMENT_UTC;
    }
    if read.separator.is_some_and(|separator| separator != b'T') {
        found |= MOMENT_ISO;
    }
    if read.separator != Some(b'T') {
        found |= MOMENT_T;
    }
    if !read.seconds {
        found |= MOMENT_DIGITS;
    }
    if !read.zulu {
        found |= MOMENT_Z;
    }
    found
}

struct Read {
    /// What stands between date and time; none without a time.
    separator: Option<u8>,
    /// Hours, minutes and seconds, and nothing finer.
    seconds: bool,
    /// `Z` at the end.
    zulu: bool,
    /// An offset that is not zero.
    offset: bool,
}

/// A date, or a moment of RFC 3339 in which the zone and the seconds may lack.
fn read(cell: &str) -> Option<Read> {
    let bytes = cell.as_bytes();
    let year = number(bytes.get(..4)?)?;
    let month = number(bytes.get(5..7)?)?;
    let day = number(bytes.get(8..10)?)?;
    let dashes = (bytes.get(4)?, bytes.get(7)?) == (&b'-', &b'-');
    if !dashes || day == 0 || day > days(year, month)? {
        return None;
    }
    let Some((&separator, time)) = bytes.get(10..)?.split_first() else {
        return Some(Read { separator: None, seconds: false, zulu: false, offset: false });
    };
    if !matches!(separator, b'T' | b't' | b' ') {
        return None;
    }
    let (hour, minute) = (number(time.get(..2)?)?, number(time.get(3..5)?)?);
    if time.get(2) != Some(&b':') || hour > 23 || minute > 59 {
        return None;
    }
    let mut rest = time.get(5..)?;
    let mut seconds = false;
    if let Some(after) = rest.strip_prefix(b":") {
        if number(after.get(..2)?)? > 59 {
            return None;
        }
        seconds = true;
        rest = after.get(2..)?;
        if let Some(fraction) = rest.strip_prefix(b".") {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return None;
            }
            seconds = false;
            rest = fraction.get(digits..)?;
        }
    }
    let (zulu, offset) = zone(rest)?;
    Some(Read { separator: Some(separator), seconds, zulu, offset })
}

/// Whether a zone is `Z`, and whether it is away from UTC.
fn zone(text: &[u8]) -> Option<(bool, bool)> {
    match text {
        [] => Some((false, false)),
        b"Z" => Some((true, false)),
        b"z" => Some((false, false)),
        [b'+' | b'-', hours @ ..] => {
            let (hours, minutes) = match hours.len() {
                2 => (hours, &b"00"[..]),
                4 => hours.split_at_checked(2)?,
                5 if hours.get(2) == Some(&b':') => (hours.get(..2)?, hours.get(3..)?),
                _ => return None,
            };
            let (hours, minutes) = (number(hours)?, number(minutes)?);
            (hours < 24 && minutes < 60).then_some((false, hours + minutes > 0))
        }
        _ => None,
    }
}

fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

fn days(year: u32, month: u32) -> Option<u32> {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    match month {
        2 => Some(if leap { 29 } else { 28 }),
        4 | 6 | 9 | 11 => Some(30),
        1..=12 => Some(31),
        _ => None,
    }
}
