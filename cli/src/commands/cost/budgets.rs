//! `cost budgets`: what is used of each budget in force, which entry crossed its lines, and where it goes.

use ledgit_core::cost::Budgeted;
use ledgit_core::cost::budget::{Crossing, Line, Usage, usage};
use ledgit_core::cost::exact::Exact;
use ledgit_core::cost::forecast::{Answer, Crosses, Forecast, Method, Why, forecast};
use ledgit_core::cost::view::Spending;
use ledgit_core::time::Timestamp;
use serde_json::{Value, json};

use super::pick::costs;
use super::report::too_long;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::time;
use crate::render::amounts::{bar, places, places_text};
use crate::render::costs::{budget, day};

#[derive(Debug, clap::Args)]
pub struct Budgets {
    /// Only this budget
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The interval that this time lies in [default: the log's last time]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    /// How to forecast
    #[arg(long, value_enum, default_value = "linear")]
    method: MethodArg,
    /// Exit with 3 where a limit is crossed
    #[arg(long)]
    check: bool,
    /// Name the entries that each number stands on
    #[arg(long)]
    explain: bool,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum MethodArg {
    /// As much in each second to come as in each second so far
    Linear,
    /// The mean of the last three complete intervals
    Trailing,
}

/// A budget in an interval.
struct Told<'a> {
    stated: &'a Budgeted,
    used: Option<Used>,
}

struct Used {
    usage: Usage,
    forecast: Answer,
}

impl Budgets {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let found = costs(&mut ledger, self.before)?;
        let at = self.at.as_deref().map(|text| time("at", text)).transpose()?;
        let at = at.unwrap_or(found.said.clock);
        let mut told = Vec::new();
        for stated in found.said.accounts.budgets() {
            if self.name.as_ref().is_some_and(|name| name != stated.budget.name.as_str()) {
                continue;
            }
            let spending = Spending::of(&stated.budget, &found.view)
                .ok_or_else(|| Failure::internal("a budget has a limit that none can have"))?;
            let used = self.used(stated, &spending, at).map_err(|error| too_long(&error))?;
            told.push(Told { stated, used });
        }
        if let (Some(name), true) = (&self.name, told.is_empty()) {
            let error = format!("no budget named {name:?} is in force");
            return Err(Failure::new("LG2089", error).hint("ledgit cost budgets"));
        }
        let mut text: String = told.iter().map(|one| one.text(self.explain)).collect();
        if told.is_empty() {
            text.push_str("no budget is in force; ledgit record budget states one\n");
        }
        let breached = told.iter().any(Told::is_breached);
        let json = json!({
            "schema": "ledgit.cost-budgets/1",
            "position": found.said.position,
            "at": at.to_string(),
            "budgets": told.iter().map(Told::json).collect::<Vec<_>>(),
        });
        let exit = if self.check && breached { 3 } else { 0 };
        Ok(Output { exit, ..Output::new(text, json) })
    }

    fn used(
        &self,
        stated: &Budgeted,
        spending: &Spending,
        at: Timestamp,
    ) -> Result<Option<Used>, ledgit_core::cost::series::CostError> {
        let Some(interval) = stated.interval(at) else { return Ok(None) };
        let method = match self.method {
            MethodArg::Linear => Method::LINEAR,
            MethodArg::Trailing => Method::TRAILING,
        };
        let usage = usage(&spending.budget, interval, &spending.amounts)?;
        let forecast = forecast(&spending.budget, &spending.amounts, at, method)?;
        Ok(Some(Used { usage, forecast }))
    }
}

impl Told<'_> {
    fn is_breached(&self) -> bool {
        self.used.as_ref().is_some_and(|used| used.usage.limit.crossed.is_some())
    }

    fn text(&self, explain: bool) -> String {
        let budget = &self.stated.budget;
        let name = escape(budget.name.as_str());
        let (currency, measure) = (budget.currency.as_str(), budget.measure.word());
        let mut text = format!("{name}  {currency} {measure}, {}\n", budget.every.word());
        let Some(used) = &self.used else {
            let (from, until) =
                (budget.period.from().to_string(), budget.period.until().to_string());
            let (from, until) = (day(&from), day(&until));
            text.push_str(&format!("  does not hold at that time: from {from} until {until}\n"));
            return text;
        };
        used.lines(&budget.limit.into(), explain, &mut text);
        text
    }

    fn json(&self) -> Value {
        json!({
            "entry": self.stated.position,
            "id": self.stated.leaf.hex(),
            "budget": budget(&self.stated.budget),
            "usage": self.used.as_ref().map(Used::json),
        })
    }
}

impl Used {
    fn lines(&self, limit: &Exact, explain: bool, text: &mut String) {
        let usage = &self.usage;
        let (from, until) = (usage.period.from().to_string(), usage.period.until().to_string());
        let (from, until) = (day(&from), day(&until));
        let bar = bar(&usage.sum, &limit.clone().max(usage.sum.magnitude()));
        text.push_str(&format!("  {from} to {until}\n"));
        text.push_str(&format!("  {bar}  {} of {limit}, {} %\n", usage.sum, usage.percent));
        // That of 100 is the limit, which has a line of its own.
        for line in usage.thresholds.iter().filter(|line| line.percent != usage.limit.percent) {
            text.push_str(&format!("  {:>5} %  {}\n", line.percent, crossed(line)));
        }
        text.push_str(&format!("  limit    {}\n", crossed(&usage.limit)));
        if !usage.other_currency.is_empty() {
            let other: Vec<_> = usage.other_currency.iter().map(|other| other.place).collect();
            text.push_str(&format!(
                "  not counted, in other currencies: {}\n",
                places_text(&other)
            ));
        }
        if usage.other_measure > 0 {
            text.push_str(&format!(
                "  not counted, in another measure or none: {}\n",
                usage.other_measure
            ));
        }
        text.push_str(&format!("  forecast {}\n", self.forecast_text()));
        if explain {
            text.push_str(&format!("  {}\n", places_text(&usage.places)));
        }
    }

    fn forecast_text(&self) -> String {
        match &self.forecast {
            Answer::None(why) => format!("none: {}", because(why)),
            Answer::Forecast(made) => {
                let crosses = match &made.crosses {
                    Crosses::Already(crossing) => format!("crossed by entry {}", crossing.place),
                    Crosses::At(time) => format!("the limit is crossed at {time}"),
                    Crosses::Not => "within the limit".to_owned(),
                };
                format!("{} ({}): {crosses}", made.rounded, made.method.word())
            }
        }
    }

    fn json(&self) -> Value {
        let usage = &self.usage;
        let other = usage.other_currency.iter().map(|other| {
            json!({
                "entry": other.place.entry,
                "currency": other.currency.as_str(),
                "amount": other.amount.to_string(),
            })
        });
        json!({
            "from": usage.period.from().to_string(),
            "until": usage.period.until().to_string(),
            "spent": usage.sum.to_string(),
            "percent": usage.percent.to_string(),
            "thresholds": usage.thresholds.iter().map(line_json).collect::<Vec<_>>(),
            "limit": line_json(&usage.limit),
            "places": places(&usage.places),
            "other_currency": other.collect::<Vec<_>>(),
            "other_measure": usage.other_measure,
            "forecast": forecast_json(&self.forecast),
        })
    }
}

fn crossed(line: &Line) -> String {
    let mut text = match &line.crossed {
        Some(crossing) => format!("crossed by entry {}, at {}", crossing.place, crossing.sum),
        None => "not crossed".to_owned(),
    };
    if !line.before.is_empty() {
        let times = line.before.len();
        text.push_str(&format!("; {times} times before, and back by a credit"));
    }
    text
}

fn because(why: &Why) -> String {
    match why {
        Why::NotBegun => "the interval has not begun".to_owned(),
        Why::Over => "the interval is over".to_owned(),
        Why::TooEarly { .. } => "less than a tenth of the interval is over".to_owned(),
        Why::TooFew { periods } => format!("{periods} complete intervals are too few for a mean"),
        Why::OnePeriod => "a budget over one period has no earlier ones".to_owned(),
    }
}

fn why_word(why: &Why) -> &'static str {
    match why {
        Why::NotBegun => "not-begun",
        Why::Over => "over",
        Why::TooEarly { .. } => "too-early",
        Why::TooFew { .. } => "too-few",
        Why::OnePeriod => "one-period",
    }
}

fn line_json(line: &Line) -> Value {
    let before = line
        .before
        .iter()
        .map(|one| json!({ "over": crossing_json(&one.over), "back": crossing_json(&one.back) }));
    json!({
        "percent": line.percent,
        "crossed": line.crossed.as_ref().map(crossing_json),
        "before": before.collect::<Vec<_>>(),
    })
}

fn crossing_json(crossing: &Crossing) -> Value {
    json!({ "entry": crossing.place.entry, "sum": crossing.sum.to_string() })
}

fn forecast_json(answer: &Answer) -> Value {
    match answer {
        Answer::None(why) => {
            json!({ "method": "none", "why": why_word(why), "total": null, "rounded": null, "crosses": null })
        }
        Answer::Forecast(made) => json!({
            "method": made.method.word(),
            "why": null,
            "total": made.total.to_string(),
            "rounded": made.rounded.to_string(),
            "crosses": crosses_json(made),
        }),
    }
}

fn crosses_json(made: &Forecast) -> Value {
    match &made.crosses {
        Crosses::Already(crossing) => json!({ "entry": crossing.place.entry, "at": null }),
        Crosses::At(time) => json!({ "entry": null, "at": time.to_string() }),
        Crosses::Not => Value::Null,
    }
}
