//! The schemas of `spec/schema`, and which of their properties and words documents had.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

const DIRECTORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/schema");

pub struct Schemas {
    /// By `$id`.
    documents: BTreeMap<String, Value>,
    registry: Registry<'static>,
    /// By place: an `$id`, `#` and a pointer.
    validators: HashMap<String, Validator>,
    /// Places of properties that had a value, with ` null` those that were null, with a word the
    /// words of an `enum`, and the `$id` of each schema that a document had.
    seen: BTreeSet<String>,
}

impl Schemas {
    pub fn load() -> Self {
        let mut documents = BTreeMap::new();
        for entry in fs::read_dir(DIRECTORY).unwrap() {
            let path = entry.unwrap().path();
            let schema: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let id = schema["$id"].as_str().unwrap().to_owned();
            assert_eq!(id, id_of(path.file_stem().unwrap().to_str().unwrap()), "{path:?}");
            jsonschema::draft202012::meta::validate(&schema).unwrap();
            documents.insert(id, schema);
        }
        let mut registry = Registry::new();
        for (id, schema) in &documents {
            registry = registry.add(id.as_str(), schema.clone()).unwrap();
        }
        let registry = registry.prepare().unwrap();
        Self { documents, registry, validators: HashMap::new(), seen: BTreeSet::new() }
    }

    /// Whether a document is as a schema says; takes down what occurs in it.
    pub fn accepts(&mut self, name: &str, document: &Value) -> Result<(), String> {
        let id = id_of(name);
        if !self.documents.contains_key(&id) {
            return Err(format!("there is no schema {name}"));
        }
        let place = format!("{id}#");
        let errors = self.validator(&place).iter_errors(document);
        let errors: Vec<_> =
            errors.map(|error| format!("{}: {error}", error.instance_path())).collect();
        if !errors.is_empty() {
            return Err(format!("{name}: {}\n{document:#}", errors.join("\n")));
        }
        self.seen.insert(id);
        self.walk(&place, document);
        Ok(())
    }

    fn validator(&mut self, place: &str) -> &Validator {
        let registry = &self.registry;
        self.validators.entry(place.to_owned()).or_insert_with(|| {
            let options = jsonschema::draft202012::options().offline().with_registry(registry);
            options.build(&json!({ "$ref": place })).unwrap()
        })
    }

    /// Goes through a value and what a schema says of it, which it is known to meet.
    fn walk(&mut self, place: &str, value: &Value) {
        let schema = self.find(place).clone();
        if let Some(other) = schema["$ref"].as_str() {
            self.walk(&target(place, other), value);
        }
        for (name, _) in schema["properties"].as_object().into_iter().flatten() {
            if let Some(value) = value.get(name) {
                let place = format!("{place}/properties/{name}");
                self.mark(&place, value);
                self.walk(&place, value);
            }
        }
        if schema["items"].is_object() {
            for value in value.as_array().into_iter().flatten() {
                self.walk(&format!("{place}/items"), value);
            }
        }
        for list in ["allOf", "anyOf", "oneOf"] {
            for index in 0..schema[list].as_array().map_or(0, Vec::len) {
                let place = format!("{place}/{list}/{index}");
                if self.validator(&place).is_valid(value) {
                    self.walk(&place, value);
                }
            }
        }
        if schema["if"].is_object() {
            let holds = self.validator(&format!("{place}/if")).is_valid(value);
            let branch = if holds { "then" } else { "else" };
            if schema[branch].is_object() {
                self.walk(&format!("{place}/{branch}"), value);
            }
        }
    }

    fn mark(&mut self, place: &str, value: &Value) {
        if value.is_null() {
            self.seen.insert(format!("{place} null"));
            return;
        }
        self.seen.insert(place.to_owned());
        let (place, _) = self.words(place);
        let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
        self.seen.extend(values.iter().map(|value| format!("{place} {value}")));
    }

    /// What never occurred, in the schemas asked for: a property with a value, null where it may
    /// be, a word of an `enum`, a document at all.
    pub fn missing(&self, asked: impl Fn(&str) -> bool) -> Vec<String> {
        let mut expected = BTreeSet::new();
        for (id, schema) in self.documents.iter().filter(|(id, _)| asked(id)) {
            let mut declared = Vec::new();
            declarations(schema, &format!("{id}#"), &mut declared);
            for (at, property) in declared {
                let (place, words) = self.words(&at);
                expected.extend(words.iter().map(|word| format!("{place} {word}")));
                if may_be_null(property) {
                    expected.insert(format!("{at} null"));
                }
                if property["type"] != "null" {
                    expected.insert(at);
                }
            }
            // A part of other schemas has no documents of its own.
            if schema.to_string().contains("\"ledgit.") {
                expected.insert(id.clone());
            }
        }
        expected.difference(&self.seen).cloned().collect()
    }

    /// Where a property's `enum` stands, behind references, and its words.
    fn words(&self, at: &str) -> (String, Vec<Value>) {
        let mut place = at.to_owned();
        loop {
            let schema = self.find(&place);
            if let Some(other) = schema["$ref"].as_str() {
                place = target(&place, other);
            } else if schema["anyOf"].is_array() {
                place.push_str("/anyOf/0");
            } else if schema["items"].is_object() {
                place.push_str("/items");
            } else {
                let words = schema["enum"].as_array().cloned();
                return (place, words.unwrap_or_default());
            }
        }
    }

    fn find(&self, at: &str) -> &Value {
        let (id, pointer) = at.split_once('#').unwrap();
        self.documents[id].pointer(pointer).unwrap_or_else(|| panic!("nothing at {at}"))
    }

    /// Each schema with its `$id`.
    pub fn all(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.documents.iter()
    }
}

/// Where a reference leads that stands in a place.
fn target(place: &str, reference: &str) -> String {
    match (reference.starts_with('#'), reference.contains('#')) {
        (true, _) => format!("{}{reference}", place.split_once('#').unwrap().0),
        (false, true) => reference.to_owned(),
        (false, false) => format!("{reference}#"),
    }
}

fn id_of(name: &str) -> String {
    format!("urn:ledgit:schema:{name}:1")
}

fn may_be_null(property: &Value) -> bool {
    let has = |list: &Value, null: &dyn Fn(&Value) -> bool| {
        list.as_array().is_some_and(|list| list.iter().any(null))
    };
    has(&property["anyOf"], &|one| one["type"] == "null")
        || has(&property["type"], &|one| one == "null")
}

/// The properties that a schema declares; what stands under a condition only narrows them.
fn declarations<'a>(schema: &'a Value, at: &str, out: &mut Vec<(String, &'a Value)>) {
    match schema {
        Value::Object(members) => {
            for (name, member) in members {
                if ["if", "then", "else", "const", "enum", "allOf"].contains(&name.as_str()) {
                    continue;
                }
                let at = format!("{at}/{name}");
                if name == "properties" {
                    for (name, property) in member.as_object().unwrap() {
                        out.push((format!("{at}/{name}"), property));
                        declarations(property, &format!("{at}/{name}"), out);
                    }
                } else {
                    declarations(member, &at, out);
                }
            }
        }
        Value::Array(members) => {
            for (index, member) in members.iter().enumerate() {
                declarations(member, &format!("{at}/{index}"), out);
            }
        }
        _ => {}
    }
}

/// Every object of a schema that names properties says that there are no others.
pub fn open_objects(schema: &Value, at: &str, out: &mut Vec<String>) {
    let Value::Object(members) = schema else {
        if let Value::Array(members) = schema {
            for (index, member) in members.iter().enumerate() {
                open_objects(member, &format!("{at}/{index}"), out);
            }
        }
        return;
    };
    let closed = members.get("additionalProperties") == Some(&Value::Bool(false))
        || members.get("unevaluatedProperties") == Some(&Value::Bool(false));
    if members.get("properties").is_some_and(Value::is_object)
        && members.contains_key("type")
        && !closed
    {
        out.push(at.to_owned());
    }
    for (name, member) in members {
        if !["if", "then", "else", "allOf"].contains(&name.as_str()) {
            open_objects(member, &format!("{at}/{name}"), out);
        }
    }
}
