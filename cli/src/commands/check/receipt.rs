//! `check` of a COSE receipt: `NAME.receipt` and `NAME.cose` (P-15).

use ledgit_core::bundle::{CoseReceipt, CoseReceiptError};
use ledgit_core::limits;
use ledgit_core::statement::Signed;
use ledgit_store::ledger::LedgerError;

use super::Check;
use crate::context::Context;
use crate::failure::Failure;
use crate::output::Output;
use crate::parse::read_up_to;

impl Check {
    /// Whether the file that was named is a receipt: by its name, or by its first bytes where it is
    /// not named as a statement.
    pub(super) fn is_receipt(&self, first: &[u8]) -> bool {
        let ends = |end: &str| self.name.extension().is_some_and(|extension| extension == end);
        ends("receipt") || CoseReceipt::is_one(first) && !ends("cose")
    }

    pub(super) fn receipt(&self, context: &Context) -> Result<Output, Failure> {
        let shown = self.name.display();
        let receipt = read_up_to(&self.name, limits::RECEIPT_BYTES + 1)?;
        let entry = read_up_to(&self.name.with_extension("cose"), limits::ENTRY_BYTES + 1)?;
        let key = self.key()?;
        let refused = |error: CoseReceiptError| {
            let code = match error {
                CoseReceiptError::OtherLog { .. }
                | CoseReceiptError::OtherKey(_)
                | CoseReceiptError::Path { .. }
                | CoseReceiptError::Signature { .. } => "LG1607",
                _ => "LG1606",
            };
            Failure::new(code, format!("{shown}: {error}"))
        };
        let receipt = CoseReceipt::parse(&receipt).map_err(refused)?;
        let signed = Signed::decode(&entry).map_err(LedgerError::from)?;
        let held = receipt.check(&signed.leaf(), key.name(), key.public_key());
        held.map_err(refused)?;
        let place = (receipt.claims.index, receipt.claims.size);
        self.told(context, key.name(), place, &signed)
    }
}
