//! `cost`: money spent on an artifact.

use super::common::{Source, check_text};
use super::refusal::Refusal;
use crate::decimal::Decimal;
use crate::digest::Digests;
use crate::name::{Currency, Label, Text};
use crate::time::Period;

words! {
    /// What the money was spent for.
    Purpose "purpose" {
        /// Training.
        Training "training",
        /// Inference.
        Inference "inference",
        /// Explaining results.
        Explainability "explainability",
        /// Fairness audits.
        FairnessAudit "fairness-audit",
        /// Watching for drift.
        DriftMonitoring "drift-monitoring",
        /// Adversarial testing.
        AdversarialTesting "adversarial-testing",
        /// Reporting.
        Reporting "reporting",
        /// Keeping evidence.
        EvidenceStorage "evidence-storage",
    }
}

record! {
    /// How much of something was bought.
    Quantity {
        /// The unit, as the source writes it.
        unit "unit": Label,
        /// How many.
        value "value": Decimal,
    }
}

record! {
    /// One amount in one currency over one period.
    Cost {
        /// The amount as the source wrote it.
        text "text": Text,
        /// Kind of charge: "Usage", "Credit", "Correction".
        class "class": Option<Label>,
        /// The exact amount; negative for credits.
        amount "amount": Decimal,
        /// When it was incurred; half open.
        period "period": Period,
        /// The document and place that it was read from.
        source "source": Option<Source>,
        /// Which cost this is: "BilledCost", "EffectiveCost".
        measure "measure": Option<Label>,
        /// What it was for.
        purpose "purpose": Purpose,
        /// The service bought.
        service "service": Option<Label>,
        /// The artifact that it is attributed to.
        subject "subject": Digests,
        /// ISO 4217 code.
        currency "currency": Currency,
        /// Who sells it.
        provider "provider": Option<Label>,
        /// How much was bought.
        quantity "quantity": Option<Quantity>,
    }
}

impl Cost {
    /// The source's text says the amount (S-15), and the currency is one of ISO 4217 (S-22).
    pub(super) fn check(&self) -> Result<(), Refusal> {
        check_text(&self.text, self.amount)?;
        let known = self.currency.is_listed();
        if known { Ok(()) } else { Err(Refusal::Rule("the currency is not in ISO 4217")) }
    }
}
