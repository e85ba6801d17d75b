//! `metric`: one measured number about a model.

use super::common::{Source, Tool, check_text, is_no_number};
use super::refusal::Refusal;
use super::wire::Set;
use crate::decimal::Decimal;
use crate::digest::Digests;
use crate::name::{Label, Text};
use crate::time::Period;

record! {
    /// One condition on the rows that were measured.
    SlicePart {
        /// Value that the attribute has in the slice.
        value "value": Label,
        /// Name of the attribute.
        attribute "attribute": Label,
    }
}

record! {
    /// What was measured, on what, how, and the exact result.
    Metric {
        /// The metric's name.
        name "name": Label,
        /// Seed of what was random, as the source writes it.
        seed "seed": Option<Text>,
        /// The number as the source wrote it.
        text "text": Text,
        /// The tool that computed it.
        tool "tool": Tool,
        /// Unit; null for a pure number.
        unit "unit": Option<Label>,
        /// The rows that were measured; empty for all of them.
        slice "slice": Set<SlicePart>,
        /// The exact value; null where the source has NaN or an infinity (S-15).
        value "value": Option<Decimal>,
        /// How it was computed: "bootstrap", "between_groups".
        method "method": Option<Label>,
        /// The document and place that it was read from.
        source "source": Option<Source>,
        /// Time span of the data that was measured.
        window "window": Option<Period>,
        /// Number of rows measured.
        samples "samples": Option<u64>,
        /// The model measured.
        subject "subject": Digests,
        /// The data that it was measured on.
        datasets "datasets": Set<Digests>,
        /// The protected attribute, where the number compares its groups.
        attribute "attribute": Option<Label>,
        /// Version of the metric's definition.
        definition "definition": Option<Label>,
    }
}

impl Metric {
    /// The source's text says the value (S-15), and a slice names an attribute once (S-21).
    pub(super) fn check(&self) -> Result<(), Refusal> {
        match self.value {
            Some(value) => check_text(&self.text, value)?,
            None if is_no_number(&self.text) => {}
            None => return Err(Refusal::Rule("only what is no number has no value")),
        }
        let mut names: Vec<_> = self.slice.as_slice().iter().map(|part| &part.attribute).collect();
        names.sort();
        let twice = names.windows(2).any(|pair| pair.first() == pair.last());
        if twice { Err(Refusal::Rule("a slice names an attribute twice")) } else { Ok(()) }
    }
}
