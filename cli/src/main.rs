//! `ledgit`: the command line.

fn main() {}
