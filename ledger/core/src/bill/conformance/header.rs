//! What the names of the columns show (`ColumnHandling`, FO-32).

use super::pairs::is_pascal;

/// A question about all names together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// Pascal case.
    Pascal,
    /// Letters and digits alone.
    Alphanumeric,
    /// At most 50 characters.
    Length,
    /// `x_` before what FOCUS does not define.
    Prefix,
    /// The same rules, after that prefix.
    Custom,
    /// FOCUS's columns first.
    Order,
}

const PREFIX: &str = "x_";

impl Question {
    /// The first column that breaks it; `None` when none does; `Err` when it is about no column.
    pub(super) fn of<'a>(
        self,
        header: &[&'a str],
        is_focus: impl Fn(&str) -> bool,
    ) -> Result<Option<&'a str>, ()> {
        let custom = |name: &&&str| !is_focus(name);
        let prefixed = |name: &&&str| name.starts_with(PREFIX);
        let mut own = header.iter().filter(|name| !prefixed(name));
        let any_custom = header.iter().any(|name| !is_focus(name));
        let broken = match self {
            Self::Pascal => own.find(|name| !is_pascal(name)),
            Self::Alphanumeric => own.find(|name| {
                name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }),
            Self::Length => own.find(|name| name.chars().count() > 50),
            _ if !any_custom => return Err(()),
            Self::Prefix => header.iter().filter(custom).find(|name| !prefixed(name)),
            Self::Custom => header.iter().filter(prefixed).find(|name| {
                let rest = name.strip_prefix(PREFIX).unwrap_or(name);
                !is_pascal(rest) || name.chars().count() > 50
            }),
            Self::Order => {
                let last = header.iter().rposition(|name| is_focus(name)).unwrap_or(0);
                header.iter().take(last).find(custom)
            }
        };
        Ok(broken.copied())
    }
}
