//! The target `opencost` of `ledgit_fuzz`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| ledgit_fuzz::run("opencost", bytes));
