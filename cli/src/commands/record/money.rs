//! Budgets and benefits, from what was asked.

use ledgit_core::statement::{self as st, Body};

use super::build::Builder;
use crate::commands::items::{Benefit, Budget};
use crate::failure::Failure;
use crate::parse::{self, optional, value};

/// Percents at which somebody is told, unless others are asked for.
const THRESHOLDS: [u64; 3] = [50, 80, 100];

impl Builder<'_> {
    pub(super) fn budget(&mut self, item: &Budget) -> Result<Body, Failure> {
        let model = item.model.as_deref().map(|model| self.subject(model)).transpose()?;
        let replaces =
            item.replaces.as_deref().map(|entry| self.catalog.leaf(entry)).transpose()?;
        let told = match item.threshold.as_slice() {
            [] => THRESHOLDS.into_iter().collect(),
            some => some
                .iter()
                .map(|percent| value::<u64>("threshold", percent))
                .collect::<Result<_, _>>()?,
        };
        let period = parse::period(Some(&item.from), Some(&item.until))?;
        let every = item.every.as_deref().unwrap_or("month");
        let measure = item.measure.as_deref().unwrap_or("EffectiveCost");
        Ok(Body::from(st::Budget {
            name: value("name", &item.name)?,
            every: word("interval", every, st::Every::from_word, st::Every::WORDS)?,
            limit: value("limit", &item.limit)?,
            scope: st::BudgetScope {
                team: optional("team", item.team.as_deref())?,
                model: model.map(|digests| digests.sha256),
                account: optional("account", item.account.as_deref())?,
                activity: item.activity.as_deref().map(purpose).transpose()?,
            },
            period: period.ok_or_else(|| Failure::internal("no period"))?,
            measure: word("measure", measure, st::Measure::from_word, st::Measure::WORDS)?,
            currency: value("currency", &item.currency)?,
            replaces,
            thresholds: told,
        }))
    }

    pub(super) fn benefit(&mut self, item: &Benefit) -> Result<Body, Failure> {
        let report = item.report.as_deref().map(|path| self.attach_file(path)).transpose()?;
        let period = parse::period(Some(&item.from), Some(&item.until))?;
        Ok(Body::from(st::Benefit {
            amount: value("amount", &item.amount)?,
            method: value("method", &item.method)?,
            period: period.ok_or_else(|| Failure::internal("no period"))?,
            report,
            subject: self.subject(&item.subject)?,
            activity: item.activity.as_deref().map(purpose).transpose()?,
            currency: value("currency", &item.currency)?,
        }))
    }
}

/// What money is spent for.
pub(super) fn purpose(text: &str) -> Result<st::Purpose, Failure> {
    word("purpose", text, st::Purpose::from_word, st::Purpose::WORDS)
}

/// One of some words.
fn word<T>(
    what: &str,
    text: &str,
    known: impl Fn(&str) -> Option<T>,
    words: &[&str],
) -> Result<T, Failure> {
    known(text).ok_or_else(|| {
        let error = format!("{text:?} is not a {what}: {}", words.join(", "));
        Failure::new("LG2027", error).hint("ledgit record --help")
    })
}
