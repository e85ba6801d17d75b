//! `cost alerts`: periods that cost too much or too little, and what rows that came late changed.

use ledgit_core::cost::calendar::Every;
use ledgit_core::cost::late::{Became, Change, Reevaluation, reevaluate};
use ledgit_core::cost::series::{CostError, Cut, Dated, Gaps, Series, Unit, units};
use ledgit_core::cost::spike::{Alert, Compared, Evaluation, Rule, Spread, Test};
use ledgit_core::cost::view::{Item, Pick};
use ledgit_core::decimal::Decimal;
use ledgit_core::time::Timestamp;
use ledgit_store::ledger::Ledger;
use serde_json::{Value, json};

use super::pick::{PickArgs, costs_by};
use super::report::{period, too_long};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::value;
use crate::render::amounts::{places, places_text, shown, unit, with_unit};

#[derive(Debug, clap::Args)]
pub struct Alerts {
    /// How long the periods are; days and weeks look at the rows of bills
    #[arg(long, value_enum, default_value = "month")]
    every: EveryArg,
    /// Which earlier periods one is compared with
    #[arg(long, value_enum, default_value = "trailing")]
    compared: ComparedArg,
    /// When a period stands out: its distance in deviations, or in percent of the mean
    #[arg(long, value_enum, default_value = "robust")]
    test: TestArg,
    /// So many deviations [default: 3.5]
    #[arg(long, value_name = "NUMBER")]
    factor: Option<String>,
    /// So many percent [default: 50]
    #[arg(long, value_name = "PERCENT")]
    percent: Option<u32>,
    /// The smallest difference that counts, in the currency
    #[arg(long, value_name = "AMOUNT")]
    minimum: Option<String>,
    /// How many earlier periods, at most
    #[arg(long, value_name = "N")]
    periods: Option<u16>,
    /// How many of them must have a value
    #[arg(long, value_name = "N")]
    least: Option<u16>,
    /// Alert on periods that cost less, too
    #[arg(long)]
    drops: bool,
    /// A period without amounts is unknown, and not 0
    #[arg(long)]
    gaps_unknown: bool,
    /// Days after its end until a period is complete
    #[arg(long, value_name = "DAYS", default_value = "0")]
    settle: u16,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    /// Say what changed since this was asked before this entry
    #[arg(long, value_name = "N")]
    since: Option<u64>,
    /// Exit with 3 where there is an alert
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    pick: PickArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum EveryArg {
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum ComparedArg {
    /// Those right before it
    Trailing,
    /// The same day of the weeks before it
    SameWeekday,
    /// The same month of the years before it
    SameMonth,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum TestArg {
    Robust,
    Percent,
}

impl EveryArg {
    fn every(self) -> Every {
        match self {
            Self::Day => Every::Day,
            Self::Week => Every::Week,
            Self::Month => Every::Month,
            Self::Quarter => Every::Quarter,
            Self::Year => Every::Year,
        }
    }
}

/// Amounts as known before an entry.
struct Known {
    amounts: Vec<Dated>,
    position: u64,
    clock: Timestamp,
}

/// A series of one unit, and what became of its alerts.
struct Told {
    now: Evaluation,
    changed: Option<Reevaluation>,
}

impl Alerts {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let pick = self.pick.read(&mut ledger)?;
        let rule = self.rule()?;
        let now = self.known(&mut ledger, &pick, self.before)?;
        let then = match self.since {
            Some(entry) if entry > now.position => {
                let error = format!("entry {entry} is not before entry {}", now.position);
                return Err(Failure::new("LG2010", error).hint("ledgit log"));
            }
            Some(entry) => Some(self.known(&mut ledger, &pick, Some(entry))?),
            None => None,
        };
        let told: Result<Vec<_>, CostError> = units(&now.amounts)
            .iter()
            .map(|unit| self.told(unit, &rule, &now, then.as_ref()))
            .collect();
        let told = told.map_err(|error| wrong(&error))?;
        Ok(self.output(&rule, &now, &told))
    }

    fn known(
        &self,
        ledger: &mut Ledger,
        pick: &Pick,
        before: Option<u64>,
    ) -> Result<Known, Failure> {
        let by_rows = matches!(self.every, EveryArg::Day | EveryArg::Week);
        let found = costs_by(ledger, before, by_rows)?;
        let taken = found.view.items.iter().filter(|item| pick.takes(item));
        let amounts = taken.map(Item::dated).collect();
        Ok(Known { amounts, position: found.said.position, clock: found.said.clock })
    }

    fn rule(&self) -> Result<Rule, Failure> {
        let compared = match self.compared {
            ComparedArg::Trailing => Compared::Trailing,
            ComparedArg::SameWeekday => Compared::SameWeekday,
            ComparedArg::SameMonth => Compared::SameMonth,
        };
        let every = self.every.every();
        let mut rule = match self.test {
            TestArg::Robust => Rule::robust(every, compared),
            TestArg::Percent => Rule::percent(every, compared),
        };
        let factor: Option<Decimal> =
            self.factor.as_deref().map(|text| value("factor", text)).transpose()?;
        rule.test = match rule.test {
            Test::Robust { factor: usual, percent } => Test::Robust {
                factor: factor.unwrap_or(usual),
                percent: self.percent.unwrap_or(percent),
            },
            Test::Percent { percent } => Test::Percent { percent: self.percent.unwrap_or(percent) },
        };
        rule.periods = self.periods.unwrap_or(rule.periods);
        rule.least = self.least.unwrap_or(rule.least.min(rule.periods));
        rule.minimum = match &self.minimum {
            Some(text) => value("minimum", text)?,
            None => rule.minimum,
        };
        rule.drops = self.drops;
        Ok(rule)
    }

    fn told(
        &self,
        unit: &Unit,
        rule: &Rule,
        now: &Known,
        then: Option<&Known>,
    ) -> Result<Told, CostError> {
        let gaps = if self.gaps_unknown { Gaps::Absent } else { Gaps::Zero };
        let evaluated = |known: &Known| {
            let cut =
                Cut { every: self.every.every(), gaps, as_of: known.clock, settle: self.settle };
            Evaluation::of(Series::of(unit, &cut, &known.amounts)?, &[*rule])
        };
        let now = evaluated(now)?;
        let changed = then.map(|then| reevaluate(&evaluated(then)?, &now)).transpose()?;
        Ok(Told { now, changed })
    }

    fn output(&self, rule: &Rule, now: &Known, told: &[Told]) -> Output {
        let every = self.every.every();
        let mut text = format!("each {}: {rule}\n", every.word());
        for one in told {
            one.lines(every, &mut text);
        }
        if told.is_empty() {
            text.push_str("nothing was spent\n");
        }
        let any = told.iter().any(|one| one.now.alerts().next().is_some());
        let json = json!({
            "schema": "ledgit.cost-alerts/1",
            "position": now.position,
            "at": now.clock.to_string(),
            "every": every.word(),
            "rule": rule.to_string(),
            "series": told.iter().map(|one| one.json(every)).collect::<Vec<_>>(),
        });
        let exit = if self.check && any { 3 } else { 0 };
        Output { exit, ..Output::new(text, json) }
    }
}

fn wrong(error: &CostError) -> Failure {
    match error {
        CostError::TooLong(_) => too_long(error),
        error => Failure::new("LG2027", error.to_string()).hint("ledgit cost alerts --help"),
    }
}

impl Told {
    fn lines(&self, every: Every, text: &mut String) {
        let series = &self.now.series;
        let (many, judged) = (series.numbers().count(), self.now.judged.len());
        let short = self.now.too_short();
        text.push_str(&format!("{}  {many} complete periods", unit(series.unit())));
        if short > 0 {
            text.push_str(&format!(", {short} of {judged} with too few before them to judge"));
        }
        text.push_str(&format!(", {} amounts in what is not complete\n", series.open()));
        let mut any = false;
        for alert in self.now.alerts() {
            any = true;
            text.push_str(&alert_text(every, alert));
        }
        if !any {
            text.push_str("  no alert\n");
        }
        for change in self.changed.iter().flat_map(|changed| &changed.changes) {
            text.push_str(&change_text(every, change));
        }
    }

    fn json(&self, every: Every) -> Value {
        let series = &self.now.series;
        let changes = self.changed.as_ref().map(|changed| {
            changed.changes.iter().map(|change| change_json(every, change)).collect::<Vec<_>>()
        });
        let object = json!({
            "periods": series.numbers().count(),
            "too_short": self.now.too_short(),
            "open": series.open(),
            "alerts": self.now.alerts().map(|alert| alert_json(every, alert)).collect::<Vec<_>>(),
            "changes": changes,
        });
        with_unit(object, Some(series.unit()))
    }
}

fn alert_text(every: Every, alert: &Alert) -> String {
    let direction = if alert.rises() { "UP" } else { "DOWN" };
    let when = period(every, alert.number);
    let spread = match &alert.spread {
        Spread::Mad(mad) => format!("half of them within {}", shown(mad)),
        Spread::MeanDeviation(mean) => format!("on average {} apart", shown(mean)),
        Spread::Constant => "all the same".to_owned(),
        Spread::NotAsked => "the mean".to_owned(),
    };
    format!(
        "  {direction:<4} {when}  {}, expected {} ({} periods, {spread})\n       {}\n",
        shown(&alert.value),
        shown(&alert.expected),
        alert.compared,
        places_text(&alert.places)
    )
}

fn change_text(every: Every, change: &Change) -> String {
    let when = period(every, change.number);
    let became = match &change.became {
        Became::Appeared(alert) => format!("appeared: {}", shown(&alert.value)),
        Became::Vanished(alert) => format!("vanished: it was {}", shown(&alert.value)),
        Became::Changed { then, now } => {
            format!("changed: {} then, {} now", shown(&then.value), shown(&now.value))
        }
    };
    let mut text = format!("  re-evaluated: {when} {became}\n");
    if !change.late.is_empty() {
        text.push_str(&format!("       came late: {}\n", places_text(&change.late)));
    }
    if !change.gone.is_empty() {
        text.push_str(&format!("       gone since: {}\n", places_text(&change.gone)));
    }
    text
}

fn alert_json(every: Every, alert: &Alert) -> Value {
    let (measure, spread) = match &alert.spread {
        Spread::Mad(mad) => ("median-distance", Some(mad)),
        Spread::MeanDeviation(mean) => ("mean-distance", Some(mean)),
        Spread::Constant => ("constant", None),
        Spread::NotAsked => ("not-asked", None),
    };
    json!({
        "period": period(every, alert.number),
        "from": alert.period.from().to_string(),
        "until": alert.period.until().to_string(),
        "direction": if alert.rises() { "up" } else { "down" },
        "value": alert.value.to_string(),
        "expected": alert.expected.to_string(),
        "spread": { "by": measure, "value": spread.map(ToString::to_string) },
        "compared": alert.compared,
        "places": places(&alert.places),
    })
}

fn change_json(every: Every, change: &Change) -> Value {
    let (became, then, now) = match &change.became {
        Became::Appeared(now) => ("appeared", None, Some(now)),
        Became::Vanished(then) => ("vanished", Some(then), None),
        Became::Changed { then, now } => ("changed", Some(then), Some(now)),
    };
    json!({
        "period": period(every, change.number),
        "became": became,
        "then": then.map(|alert| alert_json(every, alert)),
        "now": now.map(|alert| alert_json(every, alert)),
        "late": places(&change.late),
        "gone": places(&change.gone),
    })
}
