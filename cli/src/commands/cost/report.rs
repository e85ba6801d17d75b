//! `cost report`: what was spent, by what it was spent on.

use std::path::PathBuf;

use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::exact::Exact;
use ledgit_core::cost::said::Said;
use ledgit_core::cost::series::{CostError, Unit};
use ledgit_core::cost::view::{By, Key, Pick, Row, Table, table};
use ledgit_store::ledger::Costs;
use serde_json::{Value, json};

use super::page;
use super::pick::{PickArgs, costs_by};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::amounts::{aligned, bar, model, places, places_text, spark, unit, with_unit};

#[derive(Debug, clap::Args)]
pub struct Report {
    /// What to sum by
    #[arg(long, value_enum, default_value = "activity")]
    by: ByArg,
    /// Show how it went over time too
    #[arg(long, value_name = "PERIOD", value_enum)]
    over: Option<OverArg>,
    /// Name the entries that each number stands on
    #[arg(long)]
    explain: bool,
    /// Look at bills by their rows: each counts in its own time, and is named
    #[arg(long)]
    rows: bool,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    /// Write a page with charts to this file
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    #[command(flatten)]
    pick: PickArgs,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ByArg {
    Model,
    Activity,
    Team,
    Account,
    Month,
    Source,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OverArg {
    Month,
    Quarter,
    Year,
}

impl OverArg {
    fn every(self) -> Every {
        match self {
            Self::Month => Every::Month,
            Self::Quarter => Every::Quarter,
            Self::Year => Every::Year,
        }
    }
}

impl From<ByArg> for By {
    fn from(by: ByArg) -> Self {
        match by {
            ByArg::Model => Self::Model,
            ByArg::Activity => Self::Activity,
            ByArg::Team => Self::Team,
            ByArg::Account => Self::Account,
            ByArg::Month => Self::Month,
            ByArg::Source => Self::Source,
        }
    }
}

impl Report {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let pick = self.pick.read(&mut ledger)?;
        let found = costs_by(&mut ledger, self.before, self.rows)?;
        let over = self.over.map(OverArg::every);
        let made = table(&found.view, &pick, self.by.into(), over).map_err(|e| too_long(&e))?;
        let told = Told { costs: &found, table: &made, over, explain: self.explain };
        if let Some(path) = &self.html {
            page::write(path, &told, &pick)?;
        }
        Ok(Output::new(told.text(&pick), told.json(&pick)))
    }
}

/// A calendar that amounts do not fit in.
pub fn too_long(error: &CostError) -> Failure {
    Failure::new("LG2088", error.to_string()).hint("ask for less time: --from DAY --until DAY")
}

/// A table, and what it was made of.
pub struct Told<'a> {
    pub costs: &'a Costs,
    pub table: &'a Table,
    pub over: Option<Every>,
    pub explain: bool,
}

impl Told<'_> {
    fn said(&self) -> &Said {
        &self.costs.said
    }

    /// What the amounts of a row have in common, for people.
    pub fn name(&self, key: &Key) -> String {
        match key {
            Key::Model(sha256) => model(self.said(), sha256),
            Key::Activity(purpose) => purpose.word().to_owned(),
            Key::Name(name) => escape(name.as_str()),
            Key::Month(number) => period(Every::Month, *number),
            Key::Source(word) => (*word).to_owned(),
            Key::None => format!("(no {})", self.table.by.word()),
            Key::Unattributed => "(unallocated)".to_owned(),
        }
    }

    /// The rows of a unit.
    pub fn rows<'t>(&'t self, unit: &'t Unit) -> impl Iterator<Item = &'t Row> {
        self.table.rows.iter().filter(move |row| row.unit == *unit)
    }

    fn text(&self, pick: &Pick) -> String {
        let mut text = String::new();
        for (of, total) in &self.table.totals {
            text.push_str(&format!("{}  {total}\n", unit(of)));
            let rows: Vec<_> = self.rows(of).collect();
            text.push_str(&self.lines(&rows));
            text.push('\n');
        }
        if text.is_empty() {
            text.push_str("nothing was spent\n\n");
        }
        text.push_str(&self.basis(pick));
        text
    }

    fn lines(&self, rows: &[&Row]) -> String {
        let names: Vec<_> = rows.iter().map(|row| self.name(&row.key)).collect();
        let wide = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        let amounts: Vec<_> = rows.iter().map(|row| row.sum.to_string()).collect();
        let amounts = aligned(&amounts);
        let largest = rows.iter().map(|row| row.sum.magnitude()).max();
        let largest = largest.unwrap_or_else(Exact::zero);
        let mut text = String::new();
        for ((row, name), amount) in rows.iter().zip(names).zip(amounts) {
            let percent = row.percent.as_ref().map_or_else(String::new, |one| format!("{one} %"));
            let bar = bar(&row.sum, &largest);
            text.push_str(&format!("  {name:<wide$}  {amount}  {bar} {percent:>7}"));
            if !row.over.is_empty() {
                text.push_str(&format!("  {}", spark(&row.over)));
            }
            text.push('\n');
            if self.explain {
                text.push_str(&format!("  {:<wide$}  {}\n", "", places_text(&row.places)));
            }
        }
        text
    }

    /// What is counted, and what is not.
    pub fn basis(&self, pick: &Pick) -> String {
        let view = &self.costs.view;
        let mut text = String::new();
        if let (Some(every), Some(first), Some(last)) =
            (self.over, self.table.periods.first(), self.table.periods.last())
        {
            let (first, last) = (period(every, *first), period(every, *last));
            text.push_str(&format!("over time: each {} from {first} to {last}\n", every.word()));
        }
        let taken = view.items.iter().filter(|item| pick.takes(item));
        let costs = taken.clone().filter(|item| item.account.is_none()).count();
        let bills: std::collections::BTreeSet<_> =
            taken.filter(|item| item.account.is_some()).map(|item| item.place.entry).collect();
        let costs = count(costs, "cost entry", "cost entries");
        let bills = count(bills.len(), "bill", "bills");
        let position = self.said().position;
        text.push_str(&format!("of {costs} and {bills} before entry {position}"));
        text.push_str("; currencies and measures are never added together\n");
        for (entry, bill) in &view.in_bills {
            text.push_str(&format!("entry {entry} is a part of the bill of entry {bill}\n"));
        }
        if view.beside_bills > 0 {
            let many = count(view.beside_bills, "cost entry", "cost entries");
            text.push_str(&format!(
                "{many} of a time that a bill charges too: what is a part of it counts twice\n"
            ));
        }
        text
    }

    fn json(&self, pick: &Pick) -> Value {
        let units = self.table.totals.iter().map(|(unit, total)| {
            let rows: Vec<_> = self.rows(unit).map(|row| self.row_json(row)).collect();
            with_unit(json!({ "total": total.to_string(), "rows": rows }), Some(unit))
        });
        let view = &self.costs.view;
        let in_bills = view.in_bills.iter();
        let in_bills = in_bills.map(|(entry, bill)| json!({ "entry": entry, "bill": bill }));
        let every = self.over.unwrap_or(Every::Month);
        json!({
            "schema": "ledgit.cost-report/1",
            "position": self.said().position,
            "by": self.table.by.word(),
            "from": pick.from.map(|time| time.to_string()),
            "until": pick.until.map(|time| time.to_string()),
            "over": self.over.map(Every::word),
            "periods": self.table.periods.iter().map(|one| period(every, *one)).collect::<Vec<_>>(),
            "units": units.collect::<Vec<_>>(),
            "in_bills": in_bills.collect::<Vec<_>>(),
            "beside_bills": view.beside_bills,
        })
    }

    fn row_json(&self, row: &Row) -> Value {
        let key = match &row.key {
            Key::Model(sha256) => Some(sha256.hex()),
            Key::Activity(purpose) => Some(purpose.word().to_owned()),
            Key::Name(name) => Some(name.as_str().to_owned()),
            Key::Month(number) => Some(period(Every::Month, *number)),
            Key::Source(word) => Some((*word).to_owned()),
            Key::None | Key::Unattributed => None,
        };
        let name = match &row.key {
            Key::Model(sha256) => self.said().models.get(sha256).cloned(),
            _ => key.clone(),
        };
        json!({
            "key": key,
            "name": name,
            "attributed": row.key != Key::Unattributed,
            "amount": row.sum.to_string(),
            "percent": row.percent.as_ref().map(ToString::to_string),
            "over": row.over.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "places": places(&row.places),
        })
    }
}

/// So many of something.
pub fn count(many: usize, one: &str, more: &str) -> String {
    format!("{many} {}", if many == 1 { one } else { more })
}

/// A period by its number, as people write it: 2026-05, 2026-Q2, 2026; a day or the Monday of a week.
pub fn period(every: Every, number: u64) -> String {
    let Some(from) = every.period(number).map(|period| period.from().to_string()) else {
        return number.to_string();
    };
    let part = |length: usize| from.get(..length).unwrap_or(&from).to_owned();
    match every {
        Every::Day | Every::Week => part(10),
        Every::Month => part(7),
        Every::Quarter => format!("{}-Q{}", part(4), number % 4 + 1),
        Every::Year => part(4),
    }
}
