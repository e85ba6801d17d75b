//! The state that the entries so far leave behind, read without verifying signatures: from an
//! index and the entries after it, or from all entries.

use ledgit_core::digest::{LeafHash, RootHash};
use ledgit_core::merkle::tile::WIDTH;
use ledgit_core::merkle::{Rfc6962, TreeHash as _};
use ledgit_core::replay::{Checked, Decisive, Examined, Replay};
use ledgit_core::statement::Signed;
use rayon::prelude::*;

use super::documents::Documents;
use super::history::{History, State};
use super::{Ledger, LedgerError, Log, read_checkpoint};
use crate::git::{ObjectId, Repository};
use crate::index::{Index, Reached};

impl Ledger {
    /// Everything that the entries so far decide: authority, clock, idempotency keys.
    ///
    /// # Errors
    /// [`LedgerError`] when the log can't be read.
    pub fn state(&mut self) -> Result<&State, LedgerError> {
        if self.state.is_none() {
            self.state = Some(self.load()?);
            self.save();
            if !self.is_sound()? {
                self.do_without();
                self.state = Some(self.load()?);
            }
        }
        self.state.as_ref().ok_or(LedgerError::Internal("no state"))
    }

    /// The state that the next entries are judged by.
    ///
    /// # Errors
    /// [`LedgerError::NoRoster`] where nothing can be judged, and as [`Ledger::state`].
    pub(super) fn judging(&mut self) -> Result<&State, LedgerError> {
        let state = self.state()?;
        match state.lost() {
            Some(position) => Err(LedgerError::NoRoster(position)),
            None => Ok(state),
        }
    }

    /// Runs what may look something up. Where the index proves wrong it is thrown away, and the
    /// run repeated without it.
    pub(super) fn looked_up<T>(
        &mut self,
        run: impl Fn(&mut Self) -> Result<T, LedgerError>,
    ) -> Result<T, LedgerError> {
        self.save();
        let result = run(self);
        if self.is_sound()? {
            return result;
        }
        self.do_without();
        run(self)
    }

    fn is_sound(&self) -> Result<bool, LedgerError> {
        let log = self.log()?;
        Ok(self.state.as_ref().is_none_or(|state| state.past().confirmed(&log)))
    }

    fn do_without(&mut self) {
        if let Some(mut state) = self.state.take() {
            state.past_mut().discard();
        }
        self.indexed = false;
    }

    /// Everything that the first `size` entries decide: what was in force then.
    ///
    /// # Errors
    /// [`LedgerError::NoEntry`] past the end, and when the log can't be read.
    pub fn state_at(&self, size: u64) -> Result<State, LedgerError> {
        if size > self.checkpoint.size {
            let (position, size) = (size, self.checkpoint.size);
            return Err(LedgerError::NoEntry { position, size });
        }
        let (log, documents) = (self.log()?, Documents::new(&self.repository, None));
        let mut state = Replay::new(History::default());
        let (sizes, _) = checkpoints(&self.repository, self.head, 0)?;
        let mut ends = sizes.into_iter().peekable();
        let (mut from, width) = (0, u64::from(WIDTH));
        while from < size {
            for entry in log.bundle(from / width)?.into_iter().take((size - from) as usize) {
                let mut examined = Examined::unverified(&entry);
                documents.attach(&mut examined)?;
                state.entry(examined);
                if ends.next_if_eq(&state.size()).is_some() {
                    state.close();
                }
            }
            state.take_references();
            from += width;
        }
        Ok(state)
    }

    fn load(&self) -> Result<State, LedgerError> {
        let log = self.log()?;
        let wanted = self.indexed && log.size() >= self.memory.indexes().from;
        let place = self.memory.index_of(self.repository.common_dir());
        let Some(index) = Some(&place).filter(|_| wanted).and_then(|place| Index::open(place))
        else {
            return self.replay(&log, History::default());
        };
        if index.reached().is_none() {
            return self.replay(&log, History::over(index));
        }
        match self.resume(&log, index) {
            Some(state) => Ok(state),
            None => {
                let anew = Index::open(&place).and_then(Index::renew);
                self.replay(&log, anew.map(History::over).unwrap_or_default())
            }
        }
    }

    /// Replays the log from the beginning, taking signatures for granted.
    fn replay(&self, log: &Log<'_>, past: History) -> Result<State, LedgerError> {
        let mut state = Replay::new(past);
        let (sizes, _) = checkpoints(&self.repository, self.head, 0)?;
        follow(&mut state, log, &Documents::new(&self.repository, None), sizes)?;
        Ok(state)
    }

    /// Goes on from where an index stands, if it is of this log. What fails here is no error: the
    /// replay from the beginning says whether it is one.
    fn resume(&self, log: &Log<'_>, index: Index) -> Option<State> {
        let mut state = self.resumed(log, index)?;
        let (sizes, _) = checkpoints(&self.repository, self.head, state.size()).ok()?;
        let documents = Documents::new(&self.repository, None);
        follow(&mut state, log, &documents, sizes).ok()?;
        state.past().confirmed(log).then_some(state)
    }

    /// The state where an index stands, if that is a checkpoint of this log.
    pub(super) fn resumed(&self, log: &Log<'_>, index: Index) -> Option<State> {
        let reached = index.reached()?.clone();
        let frontier = log.frontier(reached.size).ok()?;
        let root = RootHash(frontier.root());
        if reached.ledger != self.founded.id || reached.root != root {
            return None;
        }
        let (_, from) = checkpoints(&self.repository, self.head, reached.size).ok()?;
        let (commit, size) = from?;
        if commit.as_bytes() != reached.commit || size != reached.size {
            return None;
        }
        let documents = Documents::new(&self.repository, None);
        let decisive = reached.standing.decisive.iter().map(|position| {
            let signed = Signed::read(log.entry(*position).ok()?).ok()?;
            let document = documents.of(&signed.statement().body).ok()?;
            Some(Decisive { signed, document })
        });
        let decisive = decisive.collect::<Option<Vec<_>>>()?;
        Replay::resume(History::over(index), frontier, reached.standing, &decisive)
    }

    /// Brings an index that lags far behind to where the log is.
    fn save(&mut self) {
        let Some(state) = &mut self.state else { return };
        let far =
            state.past().lag(state.size()).is_some_and(|lag| lag >= self.memory.indexes().lag);
        let Some(standing) = state.standing().filter(|_| far) else { return };
        let reached = Reached {
            ledger: self.founded.id,
            commit: self.head.as_bytes().to_vec(),
            size: state.size(),
            root: state.root(),
            standing,
            audit: Vec::new(),
        };
        // A log whose root is another one is for `verify` to judge, not to be indexed.
        if (reached.size, reached.root) == (self.checkpoint.size, self.checkpoint.root) {
            state.past_mut().write(reached);
        }
    }
}

/// Takes the entries after a state, with the ends of their checkpoints.
fn follow(
    state: &mut State,
    log: &Log<'_>,
    documents: &Documents<'_>,
    sizes: Vec<u64>,
) -> Result<(), LedgerError> {
    let mut ends = sizes.into_iter().peekable();
    log.each(state.size(), |position, entry| {
        let mut examined = Examined::unverified(&entry);
        documents.attach(&mut examined)?;
        let statement = examined.content.as_ref().ok().map(Checked::statement);
        state.past_mut().learn(position, &examined.leaf, statement);
        state.entry(examined);
        state.take_references();
        if ends.next_if_eq(&state.size()).is_some() {
            state.close();
        }
        Ok::<_, LedgerError>(())
    })?;
    state.past_mut().settle();
    Ok(())
}

/// Remembers what entries that were just logged can be found by.
pub(super) fn learn(state: &mut State, first: u64, entries: &[Vec<u8>]) {
    let read = |entry: &Vec<u8>| (LeafHash(Rfc6962::leaf(entry)), Signed::decode(entry).ok());
    let read: Vec<_> = entries.par_iter().with_min_len(16).map(read).collect();
    for (position, (leaf, signed)) in (first..).zip(&read) {
        state.past_mut().learn(position, leaf, signed.as_ref().map(Signed::statement));
    }
    state.past_mut().settle();
}

/// The commit of a checkpoint, and its size.
type Before = (ObjectId, u64);

/// Sizes of the checkpoints after the first `from` entries up to a commit, ascending; and the
/// last checkpoint before these, if there is one.
fn checkpoints(
    repository: &Repository,
    head: ObjectId,
    from: u64,
) -> Result<(Vec<u64>, Option<Before>), LedgerError> {
    let (mut sizes, mut before) = (Vec::new(), None);
    let mut at = Some(head);
    while let Some(commit) = at {
        let size = read_checkpoint(repository, commit)?.1.size;
        if size <= from {
            before = Some((commit, size));
            break;
        }
        sizes.push(size);
        at = repository.read_commit(commit)?.parents.first().copied();
    }
    sizes.reverse();
    Ok((sizes, before))
}
