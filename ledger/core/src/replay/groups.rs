//! Statements recorded together stand together (V-10).

use super::{Fault, Past, Replay};
use crate::digest::KeyId;
use crate::statement::{Envelope, Group};

/// A group of which not all statements were read.
#[derive(Debug, Clone, Copy)]
pub(super) struct OpenGroup {
    id: [u8; 16],
    count: u64,
    /// Index that comes next.
    next: u64,
    /// Who began it; one key stands for one issuer.
    by: KeyId,
}

impl<P: Past> Replay<P> {
    /// Follows the groups over one more entry.
    pub(super) fn follow_group(&mut self, position: u64, envelope: &Envelope) {
        let Some(group) = envelope.group else {
            return self.cut_group(position, "another statement stands within it");
        };
        match self.group {
            Some(open) if open.id == group.id => {
                self.continue_group(position, open, &group, envelope.kid)
            }
            _ => {
                self.cut_group(position, "another statement stands within it");
                self.begin_group(position, &group, envelope.kid);
            }
        }
    }

    /// A group that is still open here is not whole.
    pub(super) fn cut_group(&mut self, position: u64, why: &'static str) {
        if self.group.take().is_some() {
            self.fault(position, Fault::Group(why));
        }
    }

    fn begin_group(&mut self, position: u64, group: &Group, by: KeyId) {
        if group.index == 0 {
            self.group = Some(OpenGroup { id: group.id, count: group.count, next: 1, by });
        } else {
            self.fault(position, Fault::Group("its first statements do not stand before it"));
        }
    }

    fn continue_group(&mut self, position: u64, open: OpenGroup, group: &Group, by: KeyId) {
        self.group = None;
        if group.count != open.count || group.index != open.next || by != open.by {
            self.fault(
                position,
                Fault::Group("its statements disagree about count, order or signer"),
            );
        } else if group.index + 1 < group.count {
            self.group = Some(OpenGroup { next: open.next + 1, ..open });
        }
    }
}
