//! The rules that an entry is judged by, given the entries before it (V-02 to V-19).

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Checked, Fact, Fault, HeldTime, Past, Reference, Replay, StatementKey, facts, holds};
use crate::authority::{Allowed, Authority, Cast, Holder};
use crate::digest::{LeafHash, Sha256};
use crate::name::{Id, Label};
use crate::statement::{
    ApprovalSubject, Body, Envelope, Kind, PrincipalKind, Statement, TimeMark, Verdict,
};

impl<P: Past> Replay<P> {
    /// Judges an entry after the genesis; nothing here depends on an earlier rule's answer but
    /// that what nobody was entitled to say changes nothing. Says whether somebody was.
    pub(super) fn judge(
        &mut self,
        position: u64,
        leaf: LeafHash,
        checked: &Checked,
        document: Option<&[u8]>,
    ) -> bool {
        let statement = checked.statement();
        let envelope = &statement.envelope;
        self.check_audience(position, envelope);
        let entitled = self.check_signer(position, checked);
        let entitled = entitled.filter(|who| self.check_allowed(position, who.as_ref(), statement));
        if !self.past.use_key(StatementKey::of(&envelope.iss, &envelope.cti)) {
            self.fault(position, Fault::Repeated { issuer: envelope.iss.clone() });
        }
        self.check_seen(position, envelope);
        self.follow_group(position, envelope);
        self.check_chain(position, envelope);
        match &statement.body {
            Body::Genesis(_) => self.fault(position, Fault::SecondGenesis),
            Body::Time(mark) => self.check_time(position, mark, envelope, entitled.is_some()),
            _ => self.check_placed(position, envelope),
        }
        self.collect_references(position, &statement.body);
        let Some(by) = entitled else { return false };
        match self.last_by.get_mut(&envelope.iss) {
            Some(last) => *last = leaf,
            None => drop(self.last_by.insert(envelope.iss.clone(), leaf)),
        }
        if let Some(id) = by {
            if let Some(fault) = self.erasures_forbid(position, statement, &id) {
                self.fault(position, fault);
                return false;
            }
            if !self.take_effect(position, leaf, statement, &id, document) {
                return false;
            }
            facts(statement).into_iter().for_each(|fact| self.past.take_fact(fact));
            let clock = self.clock.unwrap_or_default();
            holds(statement).into_iter().for_each(|fact| self.past.hold(fact, clock));
        }
        true
    }

    /// Changes authority as an entitled statement says; what does so is remembered by position. What
    /// must not be logged (false) changes nothing, and is nothing that a gate counts.
    pub(super) fn take_effect(
        &mut self,
        position: u64,
        leaf: LeafHash,
        statement: &Statement,
        by: &Id,
        document: Option<&[u8]>,
    ) -> bool {
        let Some(authority) = &mut self.authority else { return false };
        let accounts = &mut self.accounts;
        let changed = match &statement.body {
            Body::Approval(approval) => {
                let (key, clock) = (statement.envelope.kid, self.clock);
                let cast = Cast { position, by, key, clock };
                authority.approve(cast, approval).map_err(Fault::Vote)
            }
            Body::Proposal(proposal) => {
                let proposed = authority.propose(position, leaf, by, proposal, document);
                proposed.map(|()| true).map_err(Fault::Proposal)
            }
            Body::Correction(correction) => {
                authority.correct(position, leaf, by, correction);
                Ok(true)
            }
            Body::Exception(exception) => {
                let asked = authority.except(position, leaf, by, exception, self.clock);
                asked.map(|()| true).map_err(Fault::Exception)
            }
            Body::Erasure(erasure) => {
                let (key, clock) = (statement.envelope.kid, self.clock);
                authority.ask_to_erase(leaf, Cast { position, by, key, clock }, erasure);
                Ok(true)
            }
            Body::Bill(bill) => {
                let taken = Arc::make_mut(accounts).take_bill(position, leaf, bill);
                taken.map(|()| true).map_err(Fault::Account)
            }
            Body::Allocation(allocation) => {
                let in_force = |rules: &LeafHash| authority.has_allocation_rules(rules);
                let accounts = Arc::make_mut(accounts);
                let taken = accounts.take_allocation(position, leaf, allocation, in_force);
                taken.map(|()| true).map_err(Fault::Account)
            }
            Body::Budget(budget) => {
                let key = statement.envelope.kid;
                let taken = Arc::make_mut(accounts).take_budget(position, leaf, key, budget);
                taken.map(|()| true).map_err(Fault::Account)
            }
            _ => Ok(false),
        };
        match changed {
            Ok(true) => self.decide(position),
            Ok(false) => {}
            Err(fault) => {
                if fault.is_undecided() {
                    self.lost = Some(position);
                }
                self.fault(position, fault);
                return false;
            }
        }
        true
    }

    fn decide(&mut self, position: u64) {
        if self.decisive.last().is_none_or(|last| *last < self.clock_at) {
            self.decisive.push(self.clock_at);
        }
        self.decisive.push(position);
    }

    /// Whether the roster in force lets somebody say this (V-17, V-18).
    fn check_allowed(&mut self, position: u64, by: Option<&Id>, said: &Statement) -> bool {
        let (Some(id), Some(authority)) = (by, &self.authority) else { return true };
        let (kind, roster) = (said.body.kind(), authority.roster());
        let granted = match roster.allowed(id, kind) {
            Allowed::Every => true,
            Allowed::Named(names) => self.is_of(&said.body, &names),
        };
        let own = !roster.own_work && self.approves_own(id, &said.body);
        if !granted {
            let fault = Fault::NotGranted { id: id.clone(), kind: kind.name() };
            self.fault(position, fault);
        }
        if own {
            self.fault(position, Fault::OwnWork(id.clone()));
        }
        granted && !own
    }

    /// Whether a statement is about something of these names.
    fn is_of(&self, body: &Body, names: &BTreeSet<Label>) -> bool {
        match body {
            Body::Dataset(body) => self.may_introduce(&body.digests.sha256, &body.name, names),
            Body::Model(body) => self.may_introduce(&body.digests.sha256, &body.name, names),
            Body::Document(body) => self.may_introduce(&body.document.sha256, &body.name, names),
            Body::Run(body) => names.contains(&body.name),
            Body::Metric(body) => self.is_called(&body.subject.sha256, names),
            Body::Cost(body) => self.is_called(&body.subject.sha256, names),
            Body::Decision(body) => self.is_called(&body.subject.sha256, names),
            Body::Deployment(body) => self.is_called(&body.subject.sha256, names),
            Body::Benefit(body) => self.is_called(&body.subject.sha256, names),
            Body::Bill(body) => names.contains(&body.account),
            Body::Budget(body) => names.contains(&body.name),
            _ => false,
        }
    }

    /// Whether an artifact was introduced under one of these names.
    fn is_called(&self, artifact: &Sha256, names: &BTreeSet<Label>) -> bool {
        names.iter().any(|name| self.past.has_fact(&Fact::name(artifact, name.as_str())))
    }

    /// What is there under other names alone is not drawn into a grant by a new name.
    fn may_introduce(&self, artifact: &Sha256, name: &Label, names: &BTreeSet<Label>) -> bool {
        let new = !self.past.has_fact(&Fact::introduced(artifact));
        names.contains(name) && (new || self.is_called(artifact, names))
    }

    fn approves_own(&self, id: &Id, body: &Body) -> bool {
        match body {
            Body::Approval(approval) if approval.verdict == Verdict::Approve => {
                match &approval.subject {
                    ApprovalSubject::Artifact(digests) => {
                        self.past.has_fact(&Fact::author(&digests.sha256, id.as_str()))
                    }
                    ApprovalSubject::Entry(_) => false,
                }
            }
            _ => false,
        }
    }

    fn check_audience(&mut self, position: u64, envelope: &Envelope) {
        if let (Some(found), Some(expected)) = (envelope.aud, self.ledger())
            && found != expected
        {
            self.fault(position, Fault::OtherLedger { found, expected });
        }
    }

    /// Who said it, if they were entitled to: the log (`Some(None)`) or a principal.
    fn check_signer(&mut self, position: u64, checked: &Checked) -> Option<Option<Id>> {
        let envelope = &checked.statement().envelope;
        let keys = self.keys();
        let Some((key, holder)) = keys.find(&envelope.kid) else {
            return self.check_stranger(position, checked);
        };
        // A key may have come into force after the entry was examined.
        let holds = checked.holds_under(key);
        if !holds {
            self.fault(position, Fault::Signature);
        }
        let kind = checked.statement().body.kind();
        let who = match said_by(holder, kind, &envelope.iss) {
            Ok(who) => who,
            Err(fault) => {
                self.fault(position, fault);
                return None;
            }
        };
        holds.then_some(who)
    }

    /// A key that is nobody's: the log's next one may sign the time.
    fn check_stranger(&mut self, position: u64, checked: &Checked) -> Option<Option<Id>> {
        let statement = checked.statement();
        let kid = statement.envelope.kid;
        if statement.body.kind() == Kind::Time && position == self.time_place() {
            let (said, before) = (Box::new(checked.clone()), (self.clock, self.clock_at));
            self.held = Some(HeldTime { position, said, before });
            return Some(None);
        }
        let was = self.authority.as_ref().and_then(|authority| authority.was(&kid));
        let fault = match was {
            Some(Some(holder)) => Fault::FormerKey { holder: holder.to_string() },
            Some(None) | None => Fault::UnknownKey(kid.hex()),
        };
        self.fault(position, fault);
        None
    }

    /// Where the next time belongs: the first checkpoint begins with the genesis, the time comes
    /// right after it.
    fn time_place(&self) -> u64 {
        if self.covered == 0 { 1 } else { self.covered }
    }

    fn check_seen(&mut self, position: u64, envelope: &Envelope) {
        if let Some(seen) = envelope.seen.filter(|seen| !self.past.was(seen)) {
            self.fault(position, Fault::Seen { size: seen.size, root: seen.root });
        }
    }

    fn check_chain(&mut self, position: u64, envelope: &Envelope) {
        let found = self.last_by(&envelope.iss);
        if let Some(said) = envelope.prev.filter(|said| Some(*said) != found) {
            self.fault(position, Fault::Chain { said, found });
        }
    }

    fn check_time(&mut self, position: u64, mark: &TimeMark, envelope: &Envelope, entitled: bool) {
        if position != self.time_place() {
            return self.fault(position, Fault::StrayTime);
        }
        self.timed = true;
        let origin = self.authority.as_ref().map(Authority::origin);
        if envelope.iat != mark.time || origin.map(|origin| origin.as_str()) != Some(&envelope.iss)
        {
            self.fault(position, Fault::TimeHeader);
        }
        if let Some(before) = self.clock.filter(|before| mark.time < *before) {
            return self.fault(position, Fault::Backwards { now: mark.time, before });
        }
        if entitled {
            (self.clock, self.clock_at) = (Some(mark.time), position);
        }
    }

    fn check_placed(&mut self, position: u64, envelope: &Envelope) {
        if !std::mem::replace(&mut self.timed, true) {
            self.fault(position, Fault::NoTime);
        }
        let Some((clock, skew)) = self.clock.zip(self.authority.as_ref().map(Authority::skew))
        else {
            return;
        };
        if envelope.iat.distance(clock) > skew {
            self.fault(position, Fault::Skew { said: envelope.iat, clock, skew });
        }
    }

    fn collect_references(&mut self, position: u64, body: &Body) {
        let mut name =
            |leaf: &LeafHash| self.references.push(Reference { by: position, leaf: *leaf });
        match body {
            Body::Approval(approval) => {
                if let ApprovalSubject::Entry(leaf) = &approval.subject {
                    name(leaf);
                }
                approval.evidence.as_slice().iter().for_each(name);
            }
            Body::Correction(correction) => {
                name(&correction.corrects);
                correction.replacement.iter().for_each(name);
            }
            Body::Proposal(proposal) => name(&proposal.replaces),
            Body::Decision(decision) => name(&decision.adopted),
            Body::Exception(exception) => name(&exception.adopted),
            Body::Deployment(deployment) => deployment.decision.iter().for_each(name),
            _ => {}
        }
    }
}

/// Whether a key's holder may say this kind under this name.
pub(super) fn said_by(holder: &Holder, kind: Kind, issuer: &str) -> Result<Option<Id>, Fault> {
    let by_log = matches!(kind, Kind::Genesis | Kind::Time);
    match holder {
        Holder::Log if by_log => Ok(None),
        Holder::Log => Err(Fault::LogKey(kind.name())),
        Holder::Principal { .. } if by_log => Err(Fault::NotLogKey),
        Holder::Principal { id, .. } if id.as_str() != issuer => {
            Err(Fault::OtherHolder { issuer: issuer.to_owned(), holder: id.clone() })
        }
        Holder::Principal { id, kind: PrincipalKind::Service } if kind == Kind::Approval => {
            Err(Fault::Service(id.clone()))
        }
        Holder::Principal { id, .. } => Ok(Some(id.clone())),
    }
}
