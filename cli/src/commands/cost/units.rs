//! `cost units`: what an approved release, a piece of evidence and a thousand explained inferences cost.

use ledgit_core::cost::ratio::{Figure, NotComputable, Part};
use ledgit_core::cost::series::Unit;
use ledgit_core::cost::view::{explained, per_kind, per_release};
use ledgit_core::statement::Purpose;
use serde_json::{Value, json};

use super::pick::{PickArgs, costs};
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::render::amounts::{places, places_text, unit, with_unit};

#[derive(Debug, clap::Args)]
pub struct Units {
    /// Name the entries that each number stands on
    #[arg(long)]
    explain: bool,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    #[command(flatten)]
    pick: PickArgs,
}

/// One figure, and what it is of.
struct Told {
    what: &'static str,
    activity: Option<Purpose>,
    unit: Option<Unit>,
    figure: Result<Figure, NotComputable>,
}

impl Units {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let pick = self.pick.read(&mut ledger)?;
        let found = costs(&mut ledger, self.before)?;
        let (said, view) = (&found.said, &found.view);
        let mut told = Vec::new();
        for one in per_release(said, view, &pick) {
            told.push(Told { what: "release", activity: None, unit: one.unit, figure: one.figure });
        }
        for one in per_kind(said, view, &pick) {
            let (activity, unit) = (Some(one.activity), one.unit);
            told.push(Told { what: "evidence", activity, unit, figure: one.figure });
        }
        for one in explained(said, view, &pick) {
            let activity = Some(Purpose::Explainability);
            let what = "explained-inferences";
            told.push(Told { what, activity, unit: one.unit, figure: one.figure });
        }
        let mut lines: Vec<_> = told.iter().map(|one| one.text(self.explain)).collect();
        // Without a number there is no currency to tell lines apart by.
        lines.dedup();
        let text = lines.concat();
        let json = json!({
            "schema": "ledgit.cost-units/1",
            "position": said.position,
            "figures": told.iter().map(Told::json).collect::<Vec<_>>(),
        });
        Ok(Output::new(text, json))
    }
}

impl Told {
    fn of(&self) -> String {
        match (self.what, self.activity) {
            ("release", _) => "an approved release".to_owned(),
            ("evidence", Some(activity)) => format!("a statement of {}", activity.word()),
            _ => "a thousand explained inferences".to_owned(),
        }
    }

    fn text(&self, explain: bool) -> String {
        let (of, unit) = (self.of(), self.unit.as_ref().map_or_else(String::new, unit));
        let figure = match &self.figure {
            Ok(figure) => figure,
            Err(why) => return format!("{of:<36}  not computable: {}\n", because(why)),
        };
        let (numerator, denominator) = (&figure.numerator.value, &figure.denominator.value);
        let mut text =
            format!("{of:<36}  {} {unit}  ({numerator} for {denominator})\n", figure.rounded);
        if explain {
            let (above, below) = (&figure.numerator.places, &figure.denominator.places);
            text.push_str(&format!("    spent: {}\n", places_text(above)));
            text.push_str(&format!("    counted: {}\n", places_text(below)));
        }
        text
    }

    fn json(&self) -> Value {
        let figure = self.figure.as_ref().ok();
        let object = json!({
            "what": self.what,
            "activity": self.activity.map(Purpose::word),
            "value": figure.map(|figure| figure.value.to_string()),
            "rounded": figure.map(|figure| figure.rounded.to_string()),
            "per": figure.map(|figure| figure.per),
            "why_not": self.figure.as_ref().err().map(NotComputable::word),
            "spent": figure.map(|figure| part(&figure.numerator)),
            "counted": figure.map(|figure| part(&figure.denominator)),
        });
        with_unit(object, self.unit.as_ref())
    }
}

/// A side of a figure.
pub fn part(part: &Part) -> Value {
    json!({ "value": part.value.to_string(), "places": places(&part.places) })
}

/// Why there is no number, for people.
pub fn because(why: &NotComputable) -> String {
    match why {
        NotComputable::NoBenefit => "nobody stated a benefit".to_owned(),
        NotComputable::NoCost => "there is no cost".to_owned(),
        NotComputable::CostNotPositive(cost) => format!("the costs come to {}", cost.value),
        NotComputable::NothingCounted(_) => "nothing was counted to divide by".to_owned(),
        NotComputable::OtherCurrency(places) => {
            format!("amounts are in several currencies: {}", places_text(places))
        }
        NotComputable::OtherMeasure(places) => {
            format!(
                "amounts are in several measures, name one with --measure: {}",
                places_text(places)
            )
        }
    }
}
