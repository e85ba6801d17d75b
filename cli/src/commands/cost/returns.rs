//! `cost returns`: what responsible AI brought for what it cost.

use ledgit_core::cost::ratio::{NotComputable, return_on};
use ledgit_core::cost::said::Stated;
use ledgit_core::cost::series::Dated;
use ledgit_core::cost::view::{Item, benefits, dated};
use ledgit_core::statement::Benefit;
use serde_json::{Value, json};

use super::pick::{PickArgs, costs};
use super::units::{because, part};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::render::amounts::{places_text, shown, unit, with_unit};
use crate::render::costs::{benefit, day};

#[derive(Debug, clap::Args)]
pub struct Returns {
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    /// Name the entries that each number stands on
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    pick: PickArgs,
}

impl Returns {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let pick = self.pick.read(&mut ledger)?;
        let found = costs(&mut ledger, self.before)?;
        let stated = benefits(&found.said, &pick);
        let taken = found.view.items.iter().filter(|item| pick.takes(item));
        let spent: Vec<Dated> = taken.map(Item::dated).collect();
        let answer = return_on(&dated(&stated), &spent, 4);
        let mut text = match &answer {
            Err(why) => format!("return on responsible AI: not computable: {}\n", because(why)),
            Ok(made) => {
                let of = made.cost.unit.as_ref().map_or_else(String::new, unit);
                let (benefit, cost) = (&made.benefit.value, &made.cost.value);
                let value = shown(&made.rounded);
                format!("return on responsible AI: {value}  ({benefit} for {cost} {of})\n")
            }
        };
        if let (Ok(made), true) = (&answer, self.explain) {
            text.push_str(&format!("  spent: {}\n", places_text(&made.cost.places)));
        }
        stated.iter().for_each(|one| text.push_str(&line(one)));
        let made = answer.as_ref().ok();
        let json = json!({
            "schema": "ledgit.cost-returns/1",
            "position": found.said.position,
            "value": made.map(|made| made.value.to_string()),
            "rounded": made.map(|made| made.rounded.to_string()),
            "why_not": answer.as_ref().err().map(NotComputable::word),
            "benefit": made.map(|made| part(&made.benefit)),
            "cost": made.map(|made| part(&made.cost)),
            "benefits": stated.iter().map(|one| stated_json(one)).collect::<Vec<_>>(),
        });
        Ok(Output::new(text, with_unit(json, made.and_then(|made| made.cost.unit.as_ref()))))
    }
}

fn line(stated: &Stated<Benefit>) -> String {
    let body = &stated.body;
    let (from, until) = (body.period.from().to_string(), body.period.until().to_string());
    let (amount, currency) = (body.amount.to_string(), body.currency.as_str());
    format!(
        "  entry {}: {amount} {currency}, {} to {}, stated by {}: {}\n",
        stated.position,
        day(&from),
        day(&until),
        escape(&stated.issuer),
        escape(body.method.as_str())
    )
}

fn stated_json(stated: &Stated<Benefit>) -> Value {
    json!({
        "entry": stated.position,
        "by": stated.issuer,
        "benefit": benefit(&stated.body),
    })
}
