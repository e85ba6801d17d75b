//! What an auditor who was here before finds: a forger with the log key, with the
//! pipeline's key and with the whole repository tries H01 to H14.

#[path = "auditor/entries.rs"]
mod entries;
#[path = "auditor/freezing.rs"]
mod freezing;
#[path = "auditor/honest.rs"]
mod honest;
#[path = "auditor/objects.rs"]
mod objects;
#[path = "auditor/observed.rs"]
mod observed;
#[path = "auditor/remotes.rs"]
mod remotes;
#[path = "auditor/rewriting.rs"]
mod rewriting;
mod support;
