//! How a number is written (`NumericFormat`, FO-20).

use super::flaws::*;

/// The flaws of a cell of a numeric column.
pub(super) fn flaws(cell: &str) -> u64 {
    if shape(cell, false) {
        return 0;
    }
    let mut found = 0;
    let number = shape(cell, true);
    if !number {
        found |= NUMBER_TYPE;
    }
    if !number && numbers(cell) != 1 {
        found |= NUMBER_SINGLE;
    }
    let unsigned = cell.strip_prefix(['+', '-']).unwrap_or(cell);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    if !number || mantissa.starts_with('.') || mantissa.ends_with('.') {
        found |= NUMBER_FORM;
    }
    let vulgar = |c: char| matches!(c, '\u{BC}'..='\u{BE}' | '\u{2150}'..='\u{215E}' | '\u{2044}');
    if cell.contains(['/', '\u{2044}']) || cell.contains(vulgar) {
        found |= NUMBER_FRACTION;
    }
    if ["x10", "X10", "×10", "*10", "x 10", "× 10", "* 10", "10^", "10**"]
        .iter()
        .any(|power| cell.contains(power))
    {
        found |= NUMBER_POWER;
    }
    if number && exponent.is_some_and(|exponent| exponent.starts_with('+')) {
        found |= NUMBER_EXPONENT;
    }
    if !number && (cell.contains(is_operator) || has_inner_sign(unsigned)) {
        found |= NUMBER_OPERATOR;
    }
    if !number && cell.contains(is_qualifier) {
        found |= NUMBER_QUALIFIER;
    }
    if cell.contains([',', ';', ':', '\'', '_', '’']) || cell.matches('.').count() > 1 {
        found |= NUMBER_PUNCTUATION;
    }
    if cell.starts_with('+') {
        found |= NUMBER_PLUS;
    }
    let accounted = cell.starts_with('(') && cell.ends_with(')');
    if accounted || cell.ends_with('-') || cell.starts_with(['\u{2212}', '\u{2013}']) {
        found |= NUMBER_MINUS;
    }
    found
}

/// A number, strictly (`-1.5E-3`), or as any reader of decimals takes it (`+.5e+3`).
fn shape(text: &str, lenient: bool) -> bool {
    let sign: &[char] = if lenient { &['-', '+'] } else { &['-'] };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = text.strip_prefix(sign).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    if let Some(exponent) = exponent {
        let exponent = exponent.strip_prefix(sign).unwrap_or(exponent);
        if exponent.is_empty() || !digits(exponent) {
            return false;
        }
    }
    match mantissa.split_once('.') {
        Some((whole, fraction)) => {
            let enough = if lenient {
                !(whole.is_empty() && fraction.is_empty())
            } else {
                !whole.is_empty() && !fraction.is_empty()
            };
            enough && digits(whole) && digits(fraction)
        }
        None => !mantissa.is_empty() && digits(mantissa),
    }
}

/// How many numbers stand in a text, apart from what surrounds their digits.
fn numbers(cell: &str) -> usize {
    let parts = cell.split([' ', '/', ';', '|', '*', '×', '^', '\t']);
    let number = |part: &&str| {
        let digits = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+');
        let kept: String = part.chars().filter(|c| digits(*c)).collect();
        kept.contains(|c: char| c.is_ascii_digit()) && shape(&kept, true)
    };
    parts.filter(number).count()
}

fn is_operator(c: char) -> bool {
    matches!(c, '*' | '×' | '÷' | '^' | '=' | '<' | '>' | '(' | ')' | '√' | '∑' | '∞' | '~' | '±')
}

/// A sign within a number that is not an exponent's.
fn has_inner_sign(unsigned: &str) -> bool {
    let mut before = '\0';
    for (at, c) in unsigned.char_indices() {
        if at > 0 && matches!(c, '+' | '-') && !matches!(before, 'e' | 'E') {
            return true;
        }
        before = c;
    }
    false
}

fn is_qualifier(c: char) -> bool {
    let other = c.is_ascii_digit() || is_operator(c);
    let marks =
        ['.', ',', ';', ':', '\'', '_', '’', '+', '-', '/', 'e', 'E', '\u{2212}', '\u{2013}'];
    !other && !marks.contains(&c)
}
