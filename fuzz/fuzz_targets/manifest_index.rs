//! The target `manifest_index` of `ledgit_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ledgit_fuzz::run("manifest_index", bytes));
