//! The target `public_key` of `ledgit_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ledgit_fuzz::run("public_key", bytes));
