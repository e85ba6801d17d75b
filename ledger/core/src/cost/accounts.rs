//! Which bills, allocations and budgets are in force, and what may be added to them (BI-30, BI-31, BI-35,
//! AL-60 to AL-62, BU-51).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::budgets::{Budgeted, Budgets};
use crate::decimal::Decimal;
use crate::digest::{KeyId, LeafHash, RootHash};
use crate::name::{Currency, Label};
use crate::statement::{Allocation, Bill, Budget, Measure};
use crate::time::Timestamp;

/// A bill that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// Where.
    pub position: u64,
    /// Its leaf hash.
    pub leaf: LeafHash,
    /// What it says.
    pub bill: Bill,
}

/// An allocation that is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Allocated {
    /// Where.
    pub position: u64,
    /// Its leaf hash.
    pub leaf: LeafHash,
    /// What it says.
    pub allocation: Allocation,
}

/// Why a bill, an allocation or a budget must not be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AccountError {
    /// BI-30.
    #[error(
        "it bills account {account} from {from} to {until}, and entry {by} bills a part of that time"
    )]
    Overlap {
        /// Whose charges.
        account: Label,
        /// The bill's own period begins.
        from: Timestamp,
        /// And ends.
        until: Timestamp,
        /// The bill that is there.
        by: u64,
    },
    /// BI-31.
    #[error("it replaces {}, which is no bill of account {account} that is in force", leaf.hex())]
    NoSuchBill {
        /// What it names.
        leaf: LeafHash,
        /// Its account.
        account: Label,
    },
    /// BI-35.
    #[error("its rows are those of entry {by}: they would be counted twice")]
    SameRows {
        /// The bill that has them.
        by: u64,
    },
    /// AL-60.
    #[error("it divides {}, which is no bill that is in force", .0.hex())]
    NoBill(LeafHash),
    /// AL-61.
    #[error("its rules are {}, which are no allocation rules that are in force", .0.hex())]
    NoRules(LeafHash),
    /// AL-62.
    #[error(
        "it divides {divided} of the bill's {} in {}, and the bill states {billed}", measure.word(), currency.as_str()
    )]
    Sum {
        /// Which amount.
        measure: Measure,
        /// In which currency.
        currency: Currency,
        /// What the two parts are together; more than 38 digits are written as a question mark.
        divided: String,
        /// What the bill states; "none" for nothing.
        billed: String,
    },
    /// BU-51.
    #[error("budget {name} is there, as entry {by}: only one that replaces it can have its name")]
    Named {
        /// Its name.
        name: Label,
        /// Where the one in force stands.
        by: u64,
    },
    /// BU-51.
    #[error("it replaces {}, which is not the budget in force under its name", .0.hex())]
    NoSuchBudget(LeafHash),
}

/// What is in force of bills, allocations and budgets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Accounts {
    bills: BTreeMap<LeafHash, Arc<Billed>>,
    /// Of each account, by the begin of the billed period.
    accounts: BTreeMap<Label, BTreeMap<Timestamp, LeafHash>>,
    rows: BTreeMap<RootHash, LeafHash>,
    /// By the bill.
    allocations: BTreeMap<LeafHash, Arc<Allocated>>,
    budgets: Budgets,
}

impl Accounts {
    /// The bills in force, by account and time.
    pub fn bills(&self) -> impl Iterator<Item = &Arc<Billed>> {
        self.accounts.values().flat_map(BTreeMap::values).filter_map(|leaf| self.bills.get(leaf))
    }

    /// A bill in force.
    pub fn bill(&self, leaf: &LeafHash) -> Option<&Arc<Billed>> {
        self.bills.get(leaf)
    }

    /// The last allocation of a bill in force.
    pub fn allocation(&self, bill: &LeafHash) -> Option<&Arc<Allocated>> {
        self.allocations.get(bill)
    }

    /// The budgets in force, by name.
    pub fn budgets(&self) -> impl Iterator<Item = &Arc<Budgeted>> {
        self.budgets.all()
    }

    /// The same, to keep.
    pub fn all_budgets(&self) -> Budgets {
        self.budgets.clone()
    }

    /// The budget in force under a name.
    pub fn budget(&self, name: &Label) -> Option<&Arc<Budgeted>> {
        self.budgets.get(name)
    }

    /// Takes a bill in, in place of the one that it replaces.
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed then.
    pub fn take_bill(
        &mut self,
        position: u64,
        leaf: LeafHash,
        bill: &Bill,
    ) -> Result<(), AccountError> {
        let replaced = bill.replaces.as_ref();
        if let Some(old) = replaced {
            self.replaceable(old, bill)?;
        }
        if let Some(there) = self.overlapping(bill, replaced) {
            let (from, until) = (bill.period.from(), bill.period.until());
            let (account, by) = (bill.account.clone(), there.position);
            return Err(AccountError::Overlap { account, from, until, by });
        }
        if let Some(there) = self.rows.get(&bill.root).filter(|there| Some(*there) != replaced) {
            let by = self.bills.get(there).map_or(0, |there| there.position);
            return Err(AccountError::SameRows { by });
        }
        if let Some(old) = replaced.and_then(|old| self.bills.remove(old)) {
            self.rows.remove(&old.bill.root);
            self.allocations.remove(&old.leaf);
            if let Some(times) = self.accounts.get_mut(&old.bill.account) {
                times.remove(&old.bill.period.from());
            }
        }
        let times = self.accounts.entry(bill.account.clone()).or_default();
        times.insert(bill.period.from(), leaf);
        self.rows.insert(bill.root, leaf);
        self.bills.insert(leaf, Arc::new(Billed { position, leaf, bill: bill.clone() }));
        Ok(())
    }

    /// Whether a bill stands in place of one of its account whose time it bills too.
    fn replaceable(&self, old: &LeafHash, bill: &Bill) -> Result<(), AccountError> {
        let fits = |there: &&Arc<Billed>| {
            there.bill.account == bill.account
                && there.bill.period.from() < bill.period.until()
                && bill.period.from() < there.bill.period.until()
        };
        match self.bills.get(old).filter(fits) {
            Some(_) => Ok(()),
            None => Err(AccountError::NoSuchBill { leaf: *old, account: bill.account.clone() }),
        }
    }

    /// A bill of the same account that bills a part of the same time. Those in force do not overlap
    /// each other, so that it is one of the last that begin before the end.
    fn overlapping(&self, bill: &Bill, beside: Option<&LeafHash>) -> Option<&Arc<Billed>> {
        let times = self.accounts.get(&bill.account)?;
        let before = times.range(..bill.period.until()).rev().map(|(_, leaf)| leaf);
        let others = before.filter(|leaf| Some(*leaf) != beside);
        let last = others.filter_map(|leaf| self.bills.get(leaf)).next()?;
        (last.bill.period.until() > bill.period.from()).then_some(last)
    }

    /// Takes an allocation in, in place of an earlier one of the same bill. `in_force` says whether
    /// rules are.
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed then.
    pub fn take_allocation(
        &mut self,
        position: u64,
        leaf: LeafHash,
        allocation: &Allocation,
        in_force: impl Fn(&LeafHash) -> bool,
    ) -> Result<(), AccountError> {
        let there = self.bills.get(&allocation.bill);
        let billed = there.ok_or(AccountError::NoBill(allocation.bill))?;
        if !in_force(&allocation.rules) {
            return Err(AccountError::NoRules(allocation.rules));
        }
        check_sums(&billed.bill, allocation)?;
        let allocated = Allocated { position, leaf, allocation: allocation.clone() };
        self.allocations.insert(allocation.bill, Arc::new(allocated));
        Ok(())
    }

    /// Takes a budget in, in place of the one that it replaces. `key` signed it.
    ///
    /// # Errors
    /// [`AccountError`]; nothing has changed then.
    pub fn take_budget(
        &mut self,
        position: u64,
        leaf: LeafHash,
        key: KeyId,
        budget: &Budget,
    ) -> Result<(), AccountError> {
        match (self.budgets.get(&budget.name), &budget.replaces) {
            (None, None) => {}
            (Some(there), Some(old)) if there.leaf == *old => {}
            (Some(there), None) => {
                let (name, by) = (budget.name.clone(), there.position);
                return Err(AccountError::Named { name, by });
            }
            (_, Some(old)) => return Err(AccountError::NoSuchBudget(*old)),
        }
        self.budgets.put(Budgeted { position, leaf, key, budget: budget.clone() });
        Ok(())
    }
}

/// Whether the two parts of each total are the bill's.
fn check_sums(bill: &Bill, allocation: &Allocation) -> Result<(), AccountError> {
    let key = |measure: Measure, currency: &Currency| (measure, currency.as_str().to_owned());
    let mut billed: BTreeMap<_, Decimal> = BTreeMap::new();
    for total in bill.totals.as_slice() {
        billed.insert(key(total.measure, &total.currency), total.amount);
    }
    let wrong = |measure, currency: &Currency, divided: Option<Decimal>, billed| {
        let text = |value: Option<Decimal>, none: &str| {
            value.map_or_else(|| none.to_owned(), |value| value.to_string())
        };
        let (divided, billed) = (text(divided, "?"), text(billed, "none"));
        AccountError::Sum { measure, currency: currency.clone(), divided, billed }
    };
    for share in allocation.totals.as_slice() {
        let stated = billed.remove(&key(share.measure, &share.currency));
        let divided = share.allocated.checked_add(share.unallocated);
        if divided.is_none() || divided != stated {
            return Err(wrong(share.measure, &share.currency, divided, stated));
        }
    }
    // What it leaves out is not divided.
    let left = bill
        .totals
        .as_slice()
        .iter()
        .find(|total| billed.contains_key(&key(total.measure, &total.currency)));
    match left {
        Some(total) => {
            Err(wrong(total.measure, &total.currency, Some(Decimal::ZERO), Some(total.amount)))
        }
        None => Ok(()),
    }
}
