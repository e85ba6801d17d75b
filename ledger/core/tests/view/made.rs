//! A log that is said, statement by statement.

use ledgit_core::allocation::Rules;
use ledgit_core::bill::{Amounts, Category, Charge};
use ledgit_core::cost::allocate::{Allocation as Report, allocate};
use ledgit_core::cost::said::Said;
use ledgit_core::cost::view::{Reports, View};
use ledgit_core::digest::{Digests, LeafHash, RootHash, Sha256};
use ledgit_core::statement::{Allocation, Bill, Body, Cost, Measure, Purpose, Total};
use ledgit_core::time::{Period, Timestamp};

use crate::support::{self, statement, text};

pub fn at(day: &str) -> Timestamp {
    text(&format!("{day}T00:00:00Z"))
}

pub fn period(from: &str, until: &str) -> Period {
    Period::new(at(from), at(until)).unwrap()
}

/// Statements so far, and the reports that are at hand.
#[derive(Default)]
pub struct Log {
    pub said: Said,
    pub reports: Reports,
}

impl Log {
    pub fn say(&mut self, body: impl Into<Body>) -> (u64, LeafHash) {
        let position = self.said.position;
        let leaf = LeafHash(*blake3::hash(&position.to_be_bytes()).as_bytes());
        self.said.take(position, leaf, &statement(body.into()), None);
        self.said.position += 1;
        (position, leaf)
    }

    pub fn at(&mut self, day: &str) {
        self.said.clock = at(day);
    }

    pub fn view(&self) -> View {
        View::of(&self.said, &self.reports).unwrap()
    }

    /// A bill, and the allocation of its charges by rules.
    pub fn allocated(&mut self, account: &str, charges: &[Charge], rules: &str) -> (u64, Report) {
        let (position, leaf) = self.say(billed(account, charges));
        let report = report(charges, rules);
        let (_, stated) = self.say(Allocation {
            bill: leaf,
            totals: report.shares().unwrap(),
            ..support::allocation()
        });
        self.reports.insert(stated, report.clone());
        (position, report)
    }
}

pub fn report(charges: &[Charge], rules: &str) -> Report {
    let text = format!(
        "apiVersion: policy.apexlogic.com/v1alpha1\nkind: CostAllocation\nmetadata: {{name: a}}\nspec:\n  rules:\n{rules}"
    );
    let rules = Rules::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
    allocate(charges, &rules, &Nothing).unwrap()
}

/// A log without models and runs.
struct Nothing;

impl ledgit_core::cost::allocate::Facts for Nothing {
    fn run(&self, _: &str) -> Option<std::collections::BTreeSet<Sha256>> {
        None
    }

    fn model(&self, _: &str) -> Option<Sha256> {
        None
    }
}

/// A bill with the sums of charges.
pub fn billed(account: &str, charges: &[Charge]) -> Bill {
    let report = report(charges, "    - {id: all, when: any, to: {team: x}}\n");
    let totals = report.totals.iter().map(|(unit, figure)| Total {
        rows: figure.rows,
        amount: figure.amount,
        measure: unit.measure,
        currency: unit.currency.clone(),
    });
    Bill {
        account: text(account),
        root: RootHash(*blake3::hash(account.as_bytes()).as_bytes()),
        file: support::digests(account),
        stored: None,
        rows: charges.len() as u64,
        totals: totals.collect(),
        period: period("2026-05-01", "2026-06-01"),
        ..support::bill()
    }
}

/// A charge of May 2026, tagged with what it is for.
pub fn charge(row: u64, billed: &str, effective: Option<&str>, to: &str) -> Charge {
    Charge {
        row,
        period: period("2026-05-01", "2026-05-02"),
        currency: text("EUR"),
        amounts: Amounts {
            billed: Some(text(billed)),
            effective: effective.map(text),
            list: None,
            contracted: None,
        },
        category: Category::Usage,
        correction: false,
        columns: Default::default(),
        tags: [("to".to_owned(), to.to_owned())].into(),
    }
}

/// A cost of a day, without a source.
pub fn cost(amount: &str, day: &str, purpose: Purpose) -> Cost {
    let from = at(day);
    let until = Timestamp::from_seconds(from.seconds() + 86_400).unwrap();
    Cost {
        amount: text(amount),
        text: text(amount),
        period: Period::new(from, until).unwrap(),
        purpose,
        source: None,
        quantity: None,
        measure: Some(text(Measure::Billed.word())),
        ..support::cost()
    }
}

pub fn subject(name: &str) -> Digests {
    support::digests(name)
}
