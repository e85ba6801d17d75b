//! A ledger with groups, a policy and a model, on which evidence is put before a gate.

use std::sync::{Arc, LazyLock};

use ledgit_core::digest::{Digests, LeafHash};
use ledgit_core::gate::{Book, DecisionError, Gate, Moment, NoPrograms, Programs, make_decision};
use ledgit_core::replay::{Audit, Remembered};
use ledgit_core::statement::*;

use super::{ANA, BEN, CI, CLEO, DORA, Forge, START, Who, result, verdict};
use crate::support::{self, digests, text};

/// Ana and Cleo are ethics, Ben and Cleo legal, Dora validates, and there is nobody else.
static STAFFED: LazyLock<Forge> = LazyLock::new(|| {
    let mut forge = Forge::staffed();
    let mut roster = forge.roster();
    let ids = |all: &[Who]| all.iter().map(|who| text(who.0)).collect();
    roster.groups.insert(text("ethics"), ids(&[ANA, CLEO]));
    roster.groups.insert(text("legal"), ids(&[BEN, CLEO]));
    roster.groups.insert(text("validators"), ids(&[DORA]));
    forge.change_roster(&roster);
    forge.next(START + 240);
    forge
});

/// A policy `p` for models called `credit`, with these lines under `spec`.
pub fn document(risk: &str, rest: &str) -> String {
    let rest: String = rest.lines().map(|line| format!("  {}\n", line.trim_start())).collect();
    format!(
        "apiVersion: policy.apexlogic.com/v1alpha1\nkind: ModelDeploymentPolicy\n\
         metadata: {{name: p}}\nspec:\n  modelName: credit\n  riskLevel: {risk}\n{rest}"
    )
}

#[derive(Clone)]
pub struct Bench {
    pub forge: Forge,
    /// The policy's document.
    pub document: String,
}

impl Bench {
    /// Groups, and no policy and no model.
    pub fn bare() -> Self {
        Self { forge: STAFFED.clone(), document: String::new() }
    }

    /// Under a policy of this risk level with these lines under `spec`; the model is recorded.
    pub fn at_risk(risk: &str, rest: &str) -> Self {
        let mut bench = Self::bare();
        bench.adopt(&document(risk, rest));
        bench.say(support::model());
        bench
    }

    pub fn under(rest: &str) -> Self {
        Self::at_risk("limited", rest)
    }

    /// Under a policy that asks one thing.
    pub fn asking(requirement: &str) -> Self {
        Self::under(&format!("requirements: [{{{requirement}}}]"))
    }

    pub fn adopt(&mut self, document: &str) -> LeafHash {
        self.document = document.to_owned();
        self.forge.adopt(document)
    }

    /// Records something, as the pipeline does; its position.
    pub fn say(&mut self, body: impl Into<Body>) -> u64 {
        self.by(CI, body)
    }

    pub fn by(&mut self, who: Who, body: impl Into<Body>) -> u64 {
        let position = self.forge.size();
        self.forge.say(who, body.into(), |_| {});
        position
    }

    pub fn leaf(&self, position: u64) -> LeafHash {
        LeafHash(self.forge.leaves[position as usize])
    }

    /// The clock goes to so many seconds after the start.
    pub fn at(&mut self, seconds: u64) {
        self.forge.next(START + seconds);
    }

    /// An approval of the model under the policy, for production.
    pub fn approval(&self) -> Approval {
        Approval {
            subject: ApprovalSubject::Artifact(digests("model")),
            policy: Some(digests(&self.document)),
            environment: Some(text("production")),
            ..verdict(LeafHash([0; 32]), Verdict::Approve)
        }
    }

    pub fn approve(&mut self, who: Who) -> u64 {
        let approval = self.approval();
        self.by(who, approval)
    }

    /// A correction of an entry takes effect.
    pub fn correct(&mut self, position: u64) {
        let leaf = self.leaf(position);
        let correction = self.forge.correct(CI, leaf);
        self.agree(correction);
    }

    /// Two persons vote for a change.
    pub fn agree(&mut self, leaf: LeafHash) {
        self.forge.approve(ANA, leaf);
        self.forge.approve(BEN, leaf);
        assert!(self.forge.took_effect(leaf), "{:?}", self.forge.replay().findings());
    }

    /// The key is declared compromised from a position on, and its holder has another one.
    pub fn compromise(&mut self, who: Who, new: u8, since: u64) {
        let mut roster = self.forge.roster();
        let keys = &mut roster.members.get_mut(&text(who.0)).unwrap().keys;
        keys.remove(&support::public(who.1));
        self.forge.enrol(&mut roster, (who.0, new), PrincipalKind::Person);
        roster.compromised.insert(support::public(who.1), since);
        let leaf = self.forge.propose(CI, &roster);
        let voters = [ANA, BEN, CLEO, DORA].into_iter().filter(|one| one.0 != who.0).take(2);
        for one in voters {
            self.forge.approve(one, leaf);
        }
        assert!(self.forge.took_effect(leaf), "{:?}", self.forge.replay().findings());
    }

    pub fn book(&self) -> (Audit<Remembered>, Moment) {
        let mut audit = Audit::new(Remembered::default(), Arc::new(NoPrograms));
        self.forge.drive(&mut audit);
        let authority = audit.replay().authority().unwrap();
        let budgets = audit.replay().accounts().all_budgets();
        let clock = audit.replay().clock();
        let moment = Moment::new(self.forge.size(), authority, budgets, clock);
        (audit, moment)
    }

    /// What a gate answers about some bytes in an environment, with an engine for programs.
    pub fn ask(
        &self,
        subject: &Digests,
        environment: &str,
        programs: &dyn Programs,
    ) -> Result<Decision, DecisionError> {
        let (audit, moment) = self.book();
        let adopted = Arc::clone(moment.policy(&text("p")).expect("a policy"));
        let (book, environment): (&Book, _) = (audit.book(), &text(environment));
        let gate = Gate { book, moment: &moment, adopted: &adopted, subject, environment };
        make_decision(&gate, programs)
    }

    pub fn decision(&self) -> Decision {
        self.ask(&digests("model"), "production", &NoPrograms).unwrap()
    }

    /// The answer to the first thing that is asked beside the name.
    pub fn answer(&self) -> GateResult {
        self.decision().results[1].clone()
    }

    #[track_caller]
    pub fn passes(&self) {
        self.says("met", &self.answer());
    }

    /// The first requirement is answered so: reason, what, value and entries; empty for none. Whoever
    /// records that answer is believed.
    #[track_caller]
    pub fn gives(&self, reason: &str, what: &str, value: &str, entries: &[u64]) {
        let answer = self.answer();
        self.says(reason, &answer);
        assert_eq!(shown(&answer), (reason.into(), what.into(), value.into(), entries.to_vec()));
    }

    #[track_caller]
    fn says(&self, reason: &str, answer: &GateResult) {
        assert_eq!(word(answer), reason, "{answer:?}");
        let mut forge = self.forge.clone();
        forge.record_decision(CI, self.decision());
        forge.close();
        assert_eq!(forge.audited().0.findings(), []);
    }

    /// The same of a result by its id.
    #[track_caller]
    pub fn gives_at(&self, id: &str, reason: &str, what: &str, value: &str, entries: &[u64]) {
        let decision = self.decision();
        let answer = result(&decision, id);
        assert_eq!(shown(answer), (reason.into(), what.into(), value.into(), entries.to_vec()));
    }
}

pub fn word(answer: &GateResult) -> &'static str {
    assert_eq!(answer.verdict == RequirementVerdict::Met, answer.reason.is_none());
    answer.reason.map_or("met", |reason| {
        assert_eq!(reason.verdict(), answer.verdict);
        reason.word()
    })
}

fn shown(answer: &GateResult) -> (String, String, String, Vec<u64>) {
    let text = |text: &Option<ledgit_core::name::Text>| {
        text.as_ref().map(ToString::to_string).unwrap_or_default()
    };
    let entries = answer.entries.as_slice().to_vec();
    (word(answer).to_owned(), text(&answer.what), text(&answer.value), entries)
}

/// A number about all rows of the model, with nothing else to it.
pub fn number(name: &str, value: &str) -> Metric {
    let exact = value.parse().ok();
    Metric {
        name: text(name),
        seed: None,
        text: text(value),
        unit: None,
        slice: Set::default(),
        value: exact,
        method: None,
        source: None,
        window: None,
        samples: None,
        datasets: Set::default(),
        attribute: None,
        definition: None,
        ..support::metric()
    }
}

/// The same of some rows: `sex=F`.
pub fn part(name: &str, value: &str, slice: &[(&str, &str)]) -> Metric {
    let part = |(attribute, value): &(&str, &str)| SlicePart {
        attribute: text(attribute),
        value: text(value),
    };
    Metric { slice: slice.iter().map(part).collect(), ..number(name, value) }
}

/// The same that compares the groups of an attribute.
pub fn across(name: &str, value: &str, attribute: &str) -> Metric {
    Metric { attribute: Some(text(attribute)), ..number(name, value) }
}
