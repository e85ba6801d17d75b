//! `cost absences`: evidence that a policy wants and that stopped, activities that nobody paid for.

use ledgit_core::cost::absence::{Stopped, Unpaid};
use ledgit_core::cost::view::{Absence, Wanted, Wants, absences, wanted};
use serde_json::{Value, json};

use super::pick::costs;
use super::report::too_long;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::{Output, escape};
use crate::parse::time;
use crate::render::amounts::{places, places_text};
use crate::render::costs::day;

#[derive(Debug, clap::Args)]
pub struct Absences {
    /// Days past the time that a policy states until evidence counts as absent
    #[arg(long, value_name = "DAYS", default_value = "0")]
    grace: u16,
    /// As of this time [default: the log's last time]
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// As of before this entry [default: the whole log]
    #[arg(long, value_name = "N")]
    before: Option<u64>,
    /// Exit with 3 where something is absent now
    #[arg(long)]
    check: bool,
}

impl Absences {
    pub fn run(self, context: &Context) -> Result<Output, Failure> {
        let mut ledger = context.ledger()?;
        let found = costs(&mut ledger, self.before)?;
        let at = self.at.as_deref().map(|text| time("at", text)).transpose()?;
        let at = at.unwrap_or(found.said.clock);
        let authority = ledger.state()?.authority().map(wanted).unwrap_or_default();
        let (mut text, mut all, mut now) = (String::new(), Vec::new(), false);
        for one in &authority {
            let absent = absences(one, &found.said, &found.view, self.grace, at);
            let absent = absent.map_err(|error| too_long(&error))?;
            now |= absent.iter().any(is_open);
            text.push_str(&lines(one, &absent));
            all.push(wanted_json(one, &absent));
        }
        if authority.is_empty() {
            text.push_str("no policy in force wants anything again and again\n");
        }
        let json = json!({
            "schema": "ledgit.cost-absences/1",
            "position": found.said.position,
            "at": at.to_string(),
            "wanted": all,
        });
        let exit = if self.check && now { 3 } else { 0 };
        Ok(Output { exit, ..Output::new(text, json) })
    }
}

fn is_open(absence: &Absence) -> bool {
    match absence {
        Absence::Stopped(stopped) => stopped.resumed.is_none(),
        Absence::Unpaid(unpaid) => !unpaid.resumed,
    }
}

fn what(wanted: &Wanted) -> String {
    match &wanted.wants {
        Wants::Metric { name, attribute: None, days } => {
            format!("metric {} each {days} days", escape(name.as_str()))
        }
        Wants::Metric { name, attribute: Some(attribute), days } => {
            let (name, attribute) = (escape(name.as_str()), escape(attribute.as_str()));
            format!("metric {name} of {attribute} each {days} days")
        }
        Wants::Document { sort, days } => {
            format!("document {} each {days} days", escape(sort.as_str()))
        }
        Wants::Paid(activity) => format!("{} paid for each month", activity.word()),
    }
}

fn lines(wanted: &Wanted, absent: &[Absence]) -> String {
    let (policy, requirement) =
        (escape(wanted.policy.as_str()), escape(wanted.requirement.as_str()));
    let (model, what) = (escape(wanted.model.as_str()), what(wanted));
    let since = wanted.since.to_string();
    let since = since.get(..10).unwrap_or(&since);
    let mut text = format!("{model}: {what}, since {since}  ({policy}, {requirement})\n");
    if absent.is_empty() {
        text.push_str("  nothing is absent\n");
    }
    for one in absent {
        text.push_str(&match one {
            Absence::Stopped(stopped) => stopped_text(stopped),
            Absence::Unpaid(unpaid) => unpaid_text(unpaid),
        });
    }
    text
}

fn stopped_text(stopped: &Stopped) -> String {
    let last = match &stopped.last {
        Some(seen) => format!("the last is entry {}, of {}", seen.place, seen.at),
        None => "there never was one".to_owned(),
    };
    let resumed = match &stopped.resumed {
        Some(seen) => format!("until entry {}, of {}", seen.place, seen.at),
        None => "until now".to_owned(),
    };
    format!("  ABSENT since {}, {resumed}; {last}\n", stopped.due)
}

fn unpaid_text(unpaid: &Unpaid) -> String {
    let (from, until) = (unpaid.period.from().to_string(), unpaid.period.until().to_string());
    let (from, until) = (day(&from), day(&until));
    let last = match unpaid.last.is_empty() {
        true => "it never was".to_owned(),
        false => format!("the last time by {}", places_text(&unpaid.last)),
    };
    let nothing = match unpaid.places.is_empty() {
        true => String::new(),
        false => format!("; {} come to nothing", places_text(&unpaid.places)),
    };
    let months = unpaid.periods;
    let again = if unpaid.resumed { ", and again later" } else { "" };
    format!("  NOT PAID for {months} months, {from} to {until}{again}; {last}{nothing}\n")
}

fn wanted_json(wanted: &Wanted, absent: &[Absence]) -> Value {
    let (wants, name, attribute, days) = match &wanted.wants {
        Wants::Metric { name, attribute, days } => {
            ("metric", name.as_str(), attribute.as_ref().map(|one| one.as_str()), Some(days))
        }
        Wants::Document { sort, days } => ("document", sort.as_str(), None, Some(days)),
        Wants::Paid(activity) => ("paid", activity.word(), None, None),
    };
    json!({
        "policy": wanted.policy.as_str(),
        "requirement": wanted.requirement.as_str(),
        "model": wanted.model.as_str(),
        "since": wanted.since.to_string(),
        "wants": wants,
        "name": name,
        "attribute": attribute,
        "days": days,
        "absences": absent.iter().map(absence_json).collect::<Vec<_>>(),
    })
}

fn absence_json(absence: &Absence) -> Value {
    match absence {
        Absence::Stopped(stopped) => json!({
            "since": stopped.due.to_string(),
            "until": stopped.resumed.map(|seen| seen.at.to_string()),
            "last": places(&stopped.last.map(|seen| seen.place).into_iter().collect::<Vec<_>>()),
            "ended_by": places(&stopped.resumed.map(|seen| seen.place).into_iter().collect::<Vec<_>>()),
            "places": [],
        }),
        Absence::Unpaid(unpaid) => json!({
            "since": unpaid.period.from().to_string(),
            "until": unpaid.resumed.then(|| unpaid.period.until().to_string()),
            "last": places(&unpaid.last),
            "ended_by": [],
            "places": places(&unpaid.places),
        }),
    }
}
