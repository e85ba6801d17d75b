//! What evidence says inside, where a statement repeats it: a document's format, a metric's number
//!

use ledgit_core::limits;
use ledgit_core::statement::{Evidence, Metric};

use super::pointer::look_up;

/// Whether the format that is stated shows in the first bytes.
pub(super) fn shows_format(evidence: &Evidence) -> bool {
    evidence.encryption.is_none() && evidence.media.as_str() == "application/pdf"
}

/// Whether bytes are in the format that is stated, where that shows.
pub(in super::super) fn is_as_stated(evidence: &Evidence, bytes: &[u8]) -> bool {
    !shows_format(evidence) || bytes.starts_with(b"%PDF-")
}

/// Why a metric's source, which these bytes are, says another number, if it does.
pub(in super::super) fn differs(metric: &Metric, bytes: &[u8]) -> Option<String> {
    Number::of(metric)?.differs(bytes)
}

/// A number, and where a report has it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Number<'a> {
    pub(super) pointer: &'a str,
    pub(super) text: &'a str,
}

impl<'a> Number<'a> {
    /// What can be looked up of a metric.
    pub(super) fn of(metric: &'a Metric) -> Option<Self> {
        let source = metric.source.as_ref()?;
        let pointer = source.pointer.as_ref()?.as_str();
        let document = &source.document;
        let open = document.encryption.is_none() && document.media.as_str() == "application/json";
        open.then(|| Self { pointer, text: metric.text.as_str() })
    }

    /// Why the report has another one, if it has.
    pub(super) fn differs(&self, report: &[u8]) -> Option<String> {
        let Self { pointer, text } = *self;
        match look_up(report, pointer) {
            Err(why) => Some(format!("its source is no JSON: {why}")),
            Ok(None) => Some(format!("there is no number at {pointer} in its source")),
            Ok(Some(found)) if found == text => None,
            Ok(Some(found)) => {
                // What stands there may be a whole book.
                let shown: String = found.chars().take(limits::TEXT_BYTES).collect();
                Some(format!("its source has {shown} at {pointer}; it says {text}"))
            }
        }
    }
}
