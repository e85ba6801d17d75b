//! `decision`: what a gate answered, and on what ground (J-10 to J-32).

use super::refusal::Refusal;
use super::wire::{Set, Wire};
use crate::cbor::{Reader, Writer};
use crate::digest::{Digests, LeafHash};
use crate::limits;
use crate::name::{Label, Text};

words! {
    /// Whether the gate stops anything (E-06).
    GateMode "mode" {
        /// What is denied must not be deployed.
        Enforce "enforce",
        /// Nothing is stopped.
        Observe "observe",
    }
}

words! {
    /// How much is at stake (E-08).
    RiskLevel "risk level" {
        /// Little.
        Minimal "minimal",
        /// Something.
        Limited "limited",
        /// Much.
        High "high",
        /// Too much.
        Unacceptable "unacceptable",
    }
}

words! {
    /// The answer as a whole (J-16).
    GateOutcome "outcome" {
        /// Everything asked is met or waived.
        Pass "pass",
        /// Something is not.
        Deny "deny",
    }
}

words! {
    /// Of one thing that is asked, whether it is so.
    RequirementVerdict "requirement's verdict" {
        /// It is.
        Met "met",
        /// There is evidence, and it says otherwise.
        NotMet "not-met",
        /// There is no evidence that could count.
        Missing "missing",
        /// What there is is too old.
        Stale "stale",
        /// It contradicts itself.
        Conflicting "conflicting",
        /// It is not by whom it must be.
        Unauthorised "unauthorised",
    }
}

/// Why something asked is not met, with the verdict that follows from it (J-11).
macro_rules! reasons {
    ($($(#[$doc:meta])* $reason:ident $word:literal $verdict:ident,)+) => {
        words! {
            /// Why something that is asked is not met, in the order of J-11.
            Reason "reason" { $($(#[$doc])* $reason $word,)+ }
        }

        impl Reason {
            /// The verdict that follows from it.
            pub fn verdict(self) -> RequirementVerdict {
                match self { $(Self::$reason => RequirementVerdict::$verdict,)+ }
            }
        }
    };
}

reasons! {
    /// The risk level denies always.
    Unacceptable "unacceptable" NotMet,
    /// Nothing that could count.
    None "none" Missing,
    /// About another subject of the same name.
    OtherSubject "other-subject" Missing,
    /// By nobody whom the requirement names.
    NotByRole "not-by-role" Unauthorised,
    /// Recorded under another name, or not as a model.
    OtherName "other-name" Missing,
    /// Of another definition or method.
    OtherDefinition "other-definition" Missing,
    /// In another unit.
    OtherUnit "other-unit" Missing,
    /// NaN or an infinity.
    NotANumber "not-a-number" NotMet,
    /// Two answers to one question.
    Conflict "conflict" Conflicting,
    /// No attribute is named.
    NoAttribute "no-attribute" Missing,
    /// An attribute has no answer.
    AttributeMissing "attribute-missing" Missing,
    /// A slice has no answer.
    SliceMissing "slice-missing" Missing,
    /// In another format.
    OtherFormat "other-format" Missing,
    /// Too old.
    Stale "stale" Stale,
    /// Too few datasets are named.
    NoDataset "no-dataset" Missing,
    /// Too few rows were measured.
    TooFewSamples "too-few-samples" NotMet,
    /// Past a limit.
    PastLimit "past-limit" NotMet,
    /// Too few statements.
    TooFew "too-few" Missing,
    /// An input is no recorded dataset.
    NotRecorded "not-recorded" Missing,
    /// A run has no input in a role.
    RoleMissing "role-missing" Missing,
    /// A dataset has another licence.
    OtherLicense "other-license" NotMet,
    /// A run does not say which code ran.
    NoCode "no-code" Missing,
    /// One person did both.
    SamePerson "same-person" NotMet,
    /// Money in another currency.
    OtherCurrency "other-currency" NotMet,
    /// Different measures of cost.
    MixedMeasures "mixed-measures" NotMet,
    /// A program says so.
    Violation "violation" NotMet,
    /// Somebody rejected it.
    Rejected "rejected" NotMet,
    /// An approval is for another environment.
    OtherEnvironment "other-environment" Missing,
    /// An approval is under another policy, or another version of it.
    OtherPolicy "other-policy" Missing,
    /// An approval was taken back.
    Withdrawn "withdrawn" Missing,
    /// An approval has ended.
    Expired "expired" Stale,
    /// An approval is by nobody of the group.
    NotInGroup "not-in-group" Unauthorised,
    /// An approval is by who made it.
    OwnWork "own-work" Unauthorised,
    /// Too few persons approve.
    Approvals "approvals" Missing,
}

record! {
    /// The answer to one thing that is asked (J-10).
    GateResult {
        /// Id of what is asked.
        id "id": Label,
        /// What it is about: an attribute, a slice, a group, an environment.
        what "what": Option<Text>,
        /// The value that was seen.
        value "value": Option<Text>,
        /// Why it is not met; null if it is.
        reason "reason": Option<Reason>,
        /// Position of the exception that waives it.
        waived "waived": Option<u64>,
        /// Positions of the entries that it rests on.
        entries "entries": Set<u64>,
        /// Whether it is met.
        verdict "verdict": RequirementVerdict,
    }
}

record! {
    /// A gate's answer about a subject, under a policy, for an environment.
    Decision {
        /// Whether it stops anything.
        mode "mode": GateMode,
        /// Name of the policy.
        name "name": Label,
        /// The policy's risk level.
        risk "risk": RiskLevel,
        /// The engine that decided (J-32).
        engine "engine": Label,
        /// The policy's document.
        policy "policy": Digests,
        /// The proposal that brought it into force.
        adopted "adopted": LeafHash,
        /// The answer.
        outcome "outcome": GateOutcome,
        /// One for each thing asked, in the policy's order.
        results "results": Vec<GateResult>,
        /// What was asked about.
        subject "subject": Digests,
        /// Where it was to go.
        environment "environment": Label,
    }
}

impl GateResult {
    /// Whether it stands in the way.
    pub fn is_open(&self) -> bool {
        self.verdict != RequirementVerdict::Met && self.waived.is_none()
    }

    fn check(&self) -> Result<(), Refusal> {
        let follows = self.reason.map_or(RequirementVerdict::Met, Reason::verdict);
        if self.verdict != follows {
            return Err(Refusal::Rule("a result's verdict follows from its reason"));
        }
        if self.entries.len() > limits::RESULT_ENTRIES {
            return Err(Refusal::List(self.entries.len() as u64));
        }
        if self.waived.is_some() && self.verdict == RequirementVerdict::Met {
            return Err(Refusal::Rule("what is met is not waived"));
        }
        Ok(())
    }
}

impl Decision {
    /// Verdicts follow from reasons, and the outcome from them (J-11, J-16).
    pub(super) fn check(&self) -> Result<(), Refusal> {
        if self.results.is_empty() {
            return Err(Refusal::List(0));
        }
        self.results.iter().try_for_each(GateResult::check)?;
        let open = self.results.iter().any(GateResult::is_open);
        let follows = if open { GateOutcome::Deny } else { GateOutcome::Pass };
        if self.outcome == follows {
            Ok(())
        } else {
            Err(Refusal::Rule("the outcome follows from the results"))
        }
    }
}

/// A list in an order that means something.
impl Wire for Vec<GateResult> {
    fn write(&self, to: &mut Writer) {
        to.array(self.len());
        self.iter().for_each(|one| one.write(to));
    }

    fn read(from: &mut Reader<'_>) -> Result<Self, Refusal> {
        let items = from.array()?;
        if items > limits::LIST_ITEMS as u64 {
            return Err(Refusal::List(items));
        }
        (0..items).map(|_| GateResult::read(from)).collect()
    }
}
