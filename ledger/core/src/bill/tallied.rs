//! What a file of charges amounts to, and how that is counted.

use std::collections::BTreeSet;

use super::amount::Amount;
use super::error::BillError;
use super::readings::Readings;
use super::sum::Sum;
use crate::digest::RootHash;
use crate::limits::BILL_ACCOUNTS;
use crate::name::Currency;
use crate::statement::{Measure, Total};
use crate::time::Period;

/// Whose charges a row is of, as the file says (BI-34).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Account {
    /// `ProviderName`.
    pub provider: Option<String>,
    /// `BillingAccountId`.
    pub account: Option<String>,
}

impl Account {
    fn parts(&self) -> (Option<&str>, Option<&str>) {
        (self.provider.as_deref(), self.account.as_deref())
    }
}

/// What a file of charges amounts to: what a `bill` states, and what helps to state it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallied {
    /// Root of the tree over the header and the rows (BI-10).
    pub root: RootHash,
    /// Rows, the header not among them.
    pub rows: u64,
    /// From the earliest start of a billing period to the latest end of one (BI-03).
    pub period: Period,
    /// One for each measure and currency of which a row states an amount; currencies in the order of
    /// their letters.
    pub totals: Vec<Total>,
    /// What was read otherwise than it is written.
    pub readings: Readings,
    /// The accounts, the least first.
    pub accounts: Vec<Account>,
    /// There are more than are listed.
    pub more_accounts: bool,
    /// Rows with an amount below zero (BI-33).
    pub negative: u64,
    /// Rows of the class Correction.
    pub corrections: u64,
}

/// Sums for each currency and measure.
#[derive(Debug, Clone, Default)]
pub(super) struct Sums {
    /// The last one that was added to comes first to mind: files have few, in runs.
    currencies: Vec<(Currency, Box<[Sum; 4]>)>,
    last: usize,
}

impl Sums {
    /// Adds the amounts of a row.
    pub fn add(&mut self, currency: &Currency, amounts: &[Option<Amount>; 4]) {
        for (sum, amount) in self.of(currency).into_iter().flatten().zip(amounts) {
            if let Some(amount) = amount {
                sum.add_amount(*amount);
            }
        }
    }

    /// Adds all that another added.
    pub fn merge(&mut self, other: Self) {
        for (currency, more) in other.currencies {
            for (sum, more) in self.of(&currency).into_iter().flatten().zip(more.iter()) {
                sum.merge(more);
            }
        }
    }

    fn of(&mut self, currency: &Currency) -> Option<&mut [Sum; 4]> {
        if self.currencies.get(self.last).is_none_or(|(known, _)| known != currency) {
            let known = self.currencies.iter().position(|(known, _)| known == currency);
            self.last = known.unwrap_or_else(|| {
                self.currencies.push((currency.clone(), Box::default()));
                self.currencies.len() - 1
            });
        }
        self.currencies.get_mut(self.last).map(|(_, sums)| &mut **sums)
    }

    /// BI-32.
    pub fn totals(mut self) -> Result<Vec<Total>, BillError> {
        self.currencies.sort_by(|(one, _), (other, _)| one.cmp(other));
        let mut totals = Vec::new();
        for (currency, sums) in &self.currencies {
            for (sum, measure) in sums.iter().zip(Measure::ALL).filter(|(sum, _)| sum.count() > 0) {
                let currency = currency.clone();
                let Some(amount) = sum.total() else {
                    return Err(BillError::Total { measure, currency });
                };
                totals.push(Total { rows: sum.count(), amount, measure, currency });
            }
        }
        Ok(totals)
    }
}

/// The least accounts, and whether there are more.
#[derive(Debug, Clone, Default)]
pub(super) struct Accounts {
    least: BTreeSet<Account>,
    last: Option<Account>,
    more: bool,
}

impl Accounts {
    pub fn see(&mut self, provider: Option<&str>, account: Option<&str>) {
        if self.last.as_ref().is_some_and(|last| last.parts() == (provider, account)) {
            return;
        }
        let (provider, account) = (provider.map(str::to_owned), account.map(str::to_owned));
        let seen = Account { provider, account };
        self.last = Some(seen.clone());
        self.add(seen);
    }

    fn add(&mut self, account: Account) {
        self.least.insert(account);
        if self.least.len() > BILL_ACCOUNTS {
            self.least.pop_last();
            self.more = true;
        }
    }

    pub fn merge(&mut self, other: Self) {
        self.more |= other.more;
        for account in other.least {
            self.add(account);
        }
    }

    pub fn told(self) -> (Vec<Account>, bool) {
        (self.least.into_iter().collect(), self.more)
    }
}

/// The period from the earliest start to the latest end.
pub(super) fn spanned(one: Option<Period>, other: Option<Period>) -> Option<Period> {
    let (Some(a), Some(b)) = (one, other) else { return one.or(other) };
    Period::new(a.from().min(b.from()), a.until().max(b.until())).ok()
}
