//! Receipts, and what a service is sent and answers.

use ledgit_core::bundle::{Batch, CoseReceipt, Problem, Results};
use ledgit_core::digest::LeafHash;
use ledgit_core::merkle::tile::{bundle_path, parse_bundle_path};

/// P-10 to P-15, SV-10, SV-20, SV-22, SV-43: what is read is written as it was read.
pub fn receipt(bytes: &[u8]) {
    if let Ok(receipt) = CoseReceipt::parse(bytes) {
        assert_eq!(receipt.to_bytes(), bytes);
        let _ = receipt.root(&LeafHash([1; 32]));
    }
    if let Ok(batch) = Batch::parse(bytes) {
        assert_eq!(batch.to_bytes(), bytes);
    }
    if let Ok(results) = Results::parse(bytes) {
        assert_eq!(results.to_bytes(), bytes);
    }
    if let Ok(problem) = Problem::parse(bytes) {
        assert_eq!(problem.to_bytes(), bytes);
    }
    let Ok(path) = std::str::from_utf8(bytes) else { return };
    if let Ok((index, width)) = parse_bundle_path(path) {
        assert_eq!(bundle_path(index, width), path);
    }
}
