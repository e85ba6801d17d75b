//! The command line, as people and pipelines use it: the real binary over real files.
