//! The idempotency key that a run of a pipeline has of itself (O-48).

use ledgit_core::digest::{Sha256, to_hex};

use super::claim::Claim;
use crate::commands::items::{Artifact, Item};

/// What the key says of itself. Another way to derive one has another.
const DOMAIN: &str = "ledgit ci key v1";

/// The key of these items in this run.
pub fn key(claim: &Claim, items: &[Item]) -> String {
    let mut texts = Texts(Vec::new());
    texts.add(DOMAIN);
    texts.add(&claim.provider);
    for one in [&claim.server, &claim.repository, &claim.workflow, &claim.job, &claim.part] {
        texts.option(one);
    }
    texts.add(&claim.run);
    texts.add(&items.len().to_string());
    items.iter().for_each(|item| texts.item(item));
    let hash = Sha256::of(&texts.0).0;
    let (half, _) = hash.split_at(24);
    format!("ci:{}", to_hex(half))
}

/// Texts, each with its length before it.
struct Texts(Vec<u8>);

impl Texts {
    fn add(&mut self, text: &str) {
        self.0.extend((text.len() as u32).to_be_bytes());
        self.0.extend(text.as_bytes());
    }

    fn option(&mut self, text: &Option<String>) {
        self.add(text.as_deref().unwrap_or_default());
    }

    fn list(&mut self, texts: &[String]) {
        self.add(&texts.len().to_string());
        texts.iter().for_each(|text| self.add(text));
    }

    fn options(&mut self, texts: &[&Option<String>]) {
        texts.iter().for_each(|text| self.option(text));
    }

    fn named(&mut self, name: &Option<String>, path: &std::path::Path) {
        let own = || {
            let path = std::path::absolute(path).ok()?;
            Some(path.file_name()?.to_string_lossy().into_owned())
        };
        self.option(&name.clone().or_else(own));
    }

    fn artifact(&mut self, kind: &str, item: &Artifact) {
        self.add(kind);
        self.named(&item.name, &item.path);
        self.option(&item.version);
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Dataset(item) => self.artifact("dataset", item),
            Item::Model(item) => self.artifact("model", item),
            Item::Metric(item) => {
                ["metric", &item.model, &item.name].iter().for_each(|text| self.add(text));
                self.list(&item.dataset);
                self.add(&item.tool);
                self.list(&item.slice);
                self.options(&[&item.attribute, &item.unit, &item.method, &item.seed]);
                self.options(&[&item.from, &item.until, &item.definition]);
            }
            Item::Cost(item) => {
                let texts = ["cost", &item.subject, &item.currency, &item.purpose];
                texts.iter().chain(&[&item.from[..], &item.until]).for_each(|text| self.add(text));
                self.options(&[&item.measure, &item.class, &item.provider, &item.service]);
            }
            Item::Document(item) => {
                self.add("document");
                self.named(&item.name, &item.path);
                self.add(&item.sort);
                self.list(&item.about);
            }
            Item::Run(item) => {
                ["run", &item.name].iter().for_each(|text| self.add(text));
                self.list(&item.input);
                self.list(&item.output);
            }
            Item::Correction(item) => {
                ["correction", &item.entry].iter().for_each(|text| self.add(text));
            }
            Item::Deployment(item) => {
                let texts = ["deployment", &item.subject, &item.environment];
                texts.iter().for_each(|text| self.add(text));
                self.option(&item.target);
            }
            Item::Budget(item) => {
                let texts = ["budget", &item.name, &item.currency];
                texts.iter().chain(&[&item.from[..], &item.until]).for_each(|text| self.add(text));
                self.options(&[&item.measure, &item.every, &item.model, &item.activity]);
                self.options(&[&item.team, &item.account, &item.replaces]);
            }
            Item::Benefit(item) => {
                let texts = ["benefit", &item.subject, &item.currency];
                texts.iter().chain(&[&item.from[..], &item.until]).for_each(|text| self.add(text));
                self.option(&item.activity);
            }
        }
    }
}
