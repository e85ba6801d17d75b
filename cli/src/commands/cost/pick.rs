//! Which amounts a command looks at (CV-10).

use ledgit_core::cost::view::{Pick, View};
use ledgit_core::name::Label;
use ledgit_core::statement::Purpose;
use ledgit_store::ledger::{Costs, CostsError, Ledger, RowsError};

use crate::commands::catalog::Catalog;
use crate::failure::Failure;
use crate::parse::{optional, time, value};

/// What stands for "attributed to none".
const NONE: &str = "-";

#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Which amounts")]
pub struct PickArgs {
    /// Only what is attributed to this model: a name or a digest; - for none
    #[arg(long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Only this activity; - for none
    #[arg(long, value_name = "ACTIVITY")]
    pub activity: Option<String>,
    /// Only this team; - for none
    #[arg(long, value_name = "TEAM")]
    pub team: Option<String>,
    /// Only charges of this account; - for costs that are in no bill
    #[arg(long, value_name = "ACCOUNT")]
    pub account: Option<String>,
    /// Only this currency
    #[arg(long, value_name = "CODE")]
    pub currency: Option<String>,
    /// Only this measure: BilledCost, EffectiveCost; - for none
    #[arg(long, value_name = "MEASURE")]
    pub measure: Option<String>,
    /// Only from this time on: 2026-05-01 or 2026-05-01T00:00:00Z
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// Only before this time
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
}

impl PickArgs {
    /// As it is asked of the view.
    pub fn read(&self, ledger: &mut Ledger) -> Result<Pick, Failure> {
        let model = match self.model.as_deref() {
            None => None,
            Some(NONE) => Some(None),
            Some(text) => {
                let digests = Catalog::of(ledger).subject(text, &())?;
                Some(Some(digests.sha256))
            }
        };
        let pick = Pick {
            account: label("account", self.account.as_deref())?,
            model,
            activity: self.activity.as_deref().map(activity).transpose()?,
            team: label("team", self.team.as_deref())?,
            currency: optional("currency", self.currency.as_deref())?,
            measure: label("measure", self.measure.as_deref())?,
            from: self.from.as_deref().map(|text| time("from", text)).transpose()?,
            until: self.until.as_deref().map(|text| time("until", text)).transpose()?,
        };
        match (pick.from, pick.until) {
            (Some(from), Some(until)) if from >= until => {
                Err(Failure::new("LG2027", format!("nothing lies between {from} and {until}")))
            }
            _ => Ok(pick),
        }
    }
}

fn label(field: &str, text: Option<&str>) -> Result<Option<Option<Label>>, Failure> {
    text.map(|text| if text == NONE { Ok(None) } else { value(field, text).map(Some) }).transpose()
}

fn activity(text: &str) -> Result<Option<Purpose>, Failure> {
    if text == NONE {
        return Ok(None);
    }
    purpose(text).map(Some)
}

/// An activity by its word.
pub fn purpose(text: &str) -> Result<Purpose, Failure> {
    Purpose::from_word(text).ok_or_else(|| {
        let error = format!("activity: {text:?} is none of {}", Purpose::WORDS.join(", "));
        Failure::new("LG2027", error)
    })
}

/// Costs as of a position, or of the head.
pub fn costs(ledger: &mut Ledger, before: Option<u64>) -> Result<Costs, Failure> {
    ledger.costs(before).map_err(|error| match error {
        CostsError::Ledger(error) => error.into(),
        error => Failure { exit: 1, ..Failure::new("LG1508", error.to_string()) },
    })
}

/// The same, with bills by their rows where that is asked.
pub fn costs_by(ledger: &mut Ledger, before: Option<u64>, by_rows: bool) -> Result<Costs, Failure> {
    let mut found = costs(ledger, before)?;
    if by_rows {
        found.view = rows(ledger, &found)?;
    }
    Ok(found)
}

fn rows(ledger: &mut Ledger, costs: &Costs) -> Result<View, Failure> {
    ledger.by_rows(costs).map_err(|error| match error {
        RowsError::Ledger(error) => error.into(),
        RowsError::NotKept(_) | RowsError::NoRules(_) => {
            Failure::new("LG2079", error.to_string()).hint("ledgit cost bills")
        }
        RowsError::TooMany(_) => too_many(&error),
        RowsError::File { .. } => Failure { exit: 1, ..Failure::new("LG1507", error.to_string()) },
    })
}

fn too_many(error: &RowsError) -> Failure {
    Failure::new("LG2088", error.to_string()).hint("ledgit cost report --by month")
}
