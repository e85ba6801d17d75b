//! The rules that an entry is judged by, given the entries before it (V-02 to V-16).

use super::{Checked, Fault, Past, Reference, Replay, StatementKey};
use crate::authority::{Authority, Holder};
use crate::digest::LeafHash;
use crate::name::Id;
use crate::statement::{ApprovalSubject, Body, Envelope, Kind, PrincipalKind, TimeMark};

impl<P: Past> Replay<P> {
    /// Judges an entry after the genesis; nothing here depends on an earlier rule's answer but
    /// that what nobody was entitled to say changes nothing.
    pub(super) fn judge(&mut self, position: u64, leaf: LeafHash, checked: &Checked) {
        let statement = checked.statement();
        let envelope = &statement.envelope;
        self.check_audience(position, envelope);
        let entitled = self.check_signer(position, checked);
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
        if let Some(by) = entitled {
            match self.last_by.get_mut(&envelope.iss) {
                Some(last) => *last = leaf,
                None => drop(self.last_by.insert(envelope.iss.clone(), leaf)),
            }
            if let Some(id) = by {
                self.take_effect(position, &statement.body, &id);
            }
        }
    }

    /// Changes authority as an entitled statement says; what does so is remembered by position.
    pub(super) fn take_effect(&mut self, position: u64, body: &Body, by: &Id) {
        if let (Some(authority), Body::Approval(approval)) = (&mut self.authority, body)
            && authority.approve(by, approval)
        {
            self.decisive.push(position);
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
            self.fault(position, Fault::UnknownKey(envelope.kid.hex()));
            return None;
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
        // The first checkpoint begins with the genesis, the time comes right after it.
        let place = if self.covered == 0 { 1 } else { self.covered };
        if position != place {
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
            self.clock = Some(mark.time);
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
