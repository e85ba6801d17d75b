//! `cost advice`: what rules say of costs and evidence, each with its numbers and entries.

use ledgit_core::cost::advice::{Advice as Said, Rule, advise};
use ledgit_core::cost::view::{Percents, facts};
use serde_json::{Value, json};

use super::pick::{PickArgs, costs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::amounts::{places, places_text, shown, unit, with_unit};

#[derive(Debug, clap::Args)]
pub struct Advice {
    /// Percent of inferences that a sample would explain
    #[arg(long, value_name = "PERCENT", default_value = "10", value_parser = clap::value_parser!(u8).range(1..100))]
    sample: u8,
    /// Percent of a bill that may be attributed to nobody
    #[arg(long, value_name = "PERCENT", default_value = "5", value_parser = clap::value_parser!(u32).range(0..=100))]
    unallocated: u32,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    #[command(flatten)]
    pick: PickArgs,
}

impl Advice {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let pick = self.pick.read(&mut ledger)?;
        let found = costs(&mut ledger, self.before)?;
        let percents = Percents { sample: self.sample, unallocated: self.unallocated };
        let all = advise(&facts(&found.said, &found.view, &pick, percents));
        let mut text: String = all.iter().map(told).collect();
        if all.is_empty() {
            text.push_str("no rule has anything to say\n");
        }
        let json = json!({
            "schema": "ledgit.cost-advice/1",
            "position": found.said.position,
            "advice": all.iter().map(advice_json).collect::<Vec<_>>(),
        });
        Ok(Output::new(text, json))
    }
}

fn told(advice: &Said) -> String {
    let about = escape(&advice.about);
    let of = advice.unit.as_ref().map_or_else(String::new, |one| format!(" ({})", unit(one)));
    let what = match advice.rule {
        Rule::Sample => "every inference is explained; a sample would cost less",
        Rule::NothingRecorded => "it cost something, and recorded nothing",
        Rule::NotMeasured => "it recorded evidence, and nobody knows what that cost",
        Rule::Unallocated => "too much of it is attributed to nobody",
        Rule::AskedTwice => "it was measured more than once on one day",
    };
    let numbers = advice.numbers.iter();
    let numbers: Vec<_> = numbers.map(|(name, value)| format!("{name} {}", shown(value))).collect();
    format!(
        "{}: {about}{of}: {what}\n  {}  by {}\n  {}\n",
        advice.rule.word(),
        numbers.join(", "),
        advice.rule.formula(),
        places_text(&advice.places)
    )
}

fn advice_json(advice: &Said) -> Value {
    let numbers = advice.numbers.iter();
    let numbers = numbers.map(|(name, value)| json!({ "name": name, "value": value.to_string() }));
    let object = json!({
        "rule": advice.rule.word(),
        "about": advice.about,
        "formula": advice.rule.formula(),
        "numbers": numbers.collect::<Vec<_>>(),
        "places": places(&advice.places),
    });
    with_unit(object, advice.unit.as_ref())
}
