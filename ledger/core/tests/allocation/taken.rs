//! Which rule takes a charge, and where it goes (AL-10 to AL-26).

use ledgit_core::bill::{Category, Charge};
use ledgit_core::cost::allocate::{Reason, allocate};
use ledgit_core::digest::Sha256;

use crate::world::{
    came_to, celled, charge, document, example, log, model, name, parse, rules, tagged, texts,
};

/// One charge of 1 with tags against one rule.
#[track_caller]
fn goes(when: &str, one: Charge, expected: &str) {
    let rules = rules(&[&format!("id: r, when: {when}, to: a")]);
    assert_eq!(came_to(&rules, &[one]), [expected], "{when}");
}

const TAKEN: &str = "-/-/a 1 of 1 by r";
const PASSED: &str = "no-rule 1 of 1 by -";

/// AL-11: each test of a tag and a column, on a value, another, an empty one and none.
#[test]
fn each_test_asks_what_it_says() {
    for (test, expected) in [
        ("present", [TAKEN, TAKEN, TAKEN, PASSED]),
        ("absent", [PASSED, PASSED, PASSED, TAKEN]),
        ("{equals: prod}", [TAKEN, PASSED, PASSED, PASSED]),
        ("{oneOf: [prod, production]}", [TAKEN, TAKEN, PASSED, PASSED]),
        ("{oneOf: [Prod, \"prod \", pro]}", [PASSED, PASSED, PASSED, PASSED]),
        ("{prefix: prod}", [TAKEN, TAKEN, PASSED, PASSED]),
        ("{prefix: produ}", [PASSED, TAKEN, PASSED, PASSED]),
        ("{prefix: production.}", [PASSED, PASSED, PASSED, PASSED]),
    ] {
        for (value, expected) in ["prod", "production", ""].into_iter().zip(expected) {
            goes(&format!("{{tags: {{k: {test}}}}}"), tagged(1, "1", &[("k", value)]), expected);
            goes(&format!("{{columns: {{k: {test}}}}}"), celled(1, "1", &[("k", value)]), expected);
        }
        let [.., none] = expected;
        goes(&format!("{{tags: {{k: {test}}}}}"), celled(1, "1", &[("k", "prod")]), none);
        goes(&format!("{{columns: {{k: {test}}}}}"), tagged(1, "1", &[("k", "prod")]), none);
    }
}

#[test]
fn categories_and_corrections_are_asked() {
    let sorts = [
        ("Usage", Category::Usage),
        ("Purchase", Category::Purchase),
        ("Tax", Category::Tax),
        ("Credit", Category::Credit),
        ("Adjustment", Category::Adjustment),
    ];
    for (asked, _) in sorts {
        for (word, category) in sorts {
            let one = Charge { category, ..charge(1, "1") };
            let expected = if word == asked { TAKEN } else { PASSED };
            goes(&format!("{{category: [{asked}]}}"), one, expected);
        }
    }
    for correction in [true, false] {
        let one = Charge { correction, ..charge(1, "1") };
        goes("{correction: yes}", one.clone(), if correction { TAKEN } else { PASSED });
        goes("{correction: no}", one.clone(), if correction { PASSED } else { TAKEN });
        goes("any", one, TAKEN);
    }
}

/// AL-10: all of it holds, or the rule does not.
#[test]
fn all_that_is_asked_holds() {
    let when = "{columns: {c: {equals: x}, d: present}, tags: {k: {equals: v}, l: absent}, category: [Usage], correction: no}";
    let good = Charge {
        columns: texts(&[("c", "x"), ("d", "y")]),
        tags: texts(&[("k", "v")]),
        ..charge(1, "1")
    };
    goes(when, good.clone(), TAKEN);
    let but = |change: fn(&mut Charge)| {
        let mut one = good.clone();
        change(&mut one);
        one
    };
    for other in [
        but(|one| one.category = Category::Tax),
        but(|one| one.correction = true),
        but(|one| _ = one.columns.remove("d")),
        but(|one| _ = one.columns.insert("c".to_owned(), "z".to_owned())),
        but(|one| _ = one.tags.remove("k")),
        but(|one| _ = one.tags.insert("l".to_owned(), String::new())),
    ] {
        goes(when, other, PASSED);
    }
}

#[test]
fn the_first_rule_that_holds_takes_the_charge() {
    let two = |first: &str, second: &str| {
        let rules = rules(&[
            &format!("id: one, when: {first}, to: a"),
            &format!("id: two, when: {second}, to: b"),
        ]);
        came_to(&rules, &[tagged(1, "1", &[("k", "v")])])
    };
    let (holds, not) = ("{tags: {k: {equals: v}}}", "{tags: {k: {equals: w}}}");
    assert_eq!(two(holds, holds), ["-/-/a 1 of 1 by one"]);
    assert_eq!(two(not, holds), ["-/-/b 1 of 1 by two"]);
    assert_eq!(two(holds, "any"), ["-/-/a 1 of 1 by one"]);
    assert_eq!(two(not, not), [PASSED]);
    // What a rule takes and can't attribute no later rule gets (AL-21).
    let rules = rules(&["id: one, when: any, to: {team: {tag: missing}}"]);
    assert_eq!(came_to(&rules, &[charge(1, "1")]), ["no-value 1 of 1 by one"]);
}

const ALIASES: &str = "  aliases: {environment: [env, \" environment\"]}\n";

/// AL-12: keys that are the same tag.
#[test]
fn a_tag_is_looked_for_under_its_aliases() {
    let rules = document(
        ALIASES,
        &["id: r, when: {tags: {environment: {equals: prod}}}, to: a", "id: s, when: any, to: b"],
    );
    let with = |tags: &[(&str, &str)]| came_to(&rules, &[tagged(1, "1", tags)]).join("; ");
    for key in ["environment", "env", " environment"] {
        assert_eq!(with(&[(key, "prod")]), TAKEN, "{key}");
    }
    assert_eq!(with(&[("Environment", "prod")]), "-/-/b 1 of 1 by s");
    assert_eq!(with(&[("env", "prod"), ("environment", "prod")]), TAKEN);
    let contradicts = "contradictory-tag 1 of 1 by r";
    assert_eq!(with(&[("env", "prod"), ("environment", "test")]), contradicts);
    assert_eq!(with(&[("env", "test"), ("environment", "prod")]), contradicts);
    // Neither is asked for: that they differ does not matter.
    assert_eq!(with(&[("env", "test"), ("environment", "dev")]), "-/-/b 1 of 1 by s");
}

/// AL-12: each value is tested; only where they do not agree, and nothing else fails, is it undecided.
#[test]
fn a_contradiction_counts_only_where_it_decides() {
    let both = &[("env", "prod"), ("environment", "production"), ("k", "v")];
    let ask = |when: &str| {
        let lines = [&*format!("id: r, when: {when}, to: a"), "id: s, when: any, to: b"];
        came_to(&document(ALIASES, &lines), &[tagged(1, "1", both)]).join("; ")
    };
    let (next, contradicts) = ("-/-/b 1 of 1 by s", "contradictory-tag 1 of 1 by r");
    assert_eq!(ask("{tags: {environment: {oneOf: [prod, production]}}}"), TAKEN);
    assert_eq!(ask("{tags: {environment: {prefix: prod}}}"), TAKEN);
    assert_eq!(ask("{tags: {environment: present}}"), TAKEN);
    assert_eq!(ask("{tags: {environment: absent}}"), next);
    assert_eq!(ask("{tags: {environment: {prefix: produ}}}"), contradicts);
    assert_eq!(ask("{tags: {environment: {equals: prod}, k: {equals: v}}}"), contradicts);
    assert_eq!(ask("{tags: {environment: {equals: prod}, k: {equals: w}}}"), next);
    assert_eq!(ask("{tags: {environment: {equals: prod}}, category: [Tax]}"), next);
    assert_eq!(ask("{tags: {environment: {equals: prod}}, columns: {c: present}}"), next);
}

/// AL-20 to AL-22: each part from a text, a tag, a column, a table, a name.
#[test]
fn parts_come_from_where_the_target_says() {
    let to = |to: &str, tags: &[(&str, &str)], columns: &[(&str, &str)]| {
        let rules = document(ALIASES, &[&format!("id: r, when: any, to: {to}")]);
        let one = Charge { columns: texts(columns), ..tagged(1, "1", tags) };
        came_to(&rules, &[one]).concat().replace(" 1 of 1 by r", "")
    };
    let digest = Sha256([7; 32]).hex();
    let named = format!("sha256:{digest}");
    let by_digest = "{model: {digest: {tag: d}}}";
    assert_eq!(to(&format!("{{model: {{digest: \"{named}\"}}}}"), &[], &[]), "7/-/-");
    assert_eq!(to(by_digest, &[("d", &digest)], &[]), "7/-/-");
    assert_eq!(to(by_digest, &[("d", &named)], &[]), "7/-/-");
    assert_eq!(to(by_digest, &[("d", "m1")], &[]), "unknown-value");
    assert_eq!(to(by_digest, &[("d", "")], &[]), "unknown-value");
    assert_eq!(to(by_digest, &[], &[("d", &digest)]), "no-value");
    assert_eq!(to("{model: {digest: {column: d}}}", &[], &[("d", &digest)]), "7/-/-");
    let table = format!("{{model: {{digest: {{tag: d, table: {{seven: \"{digest}\"}}}}}}}}");
    assert_eq!(to(&table, &[("d", "seven")], &[]), "7/-/-");
    assert_eq!(
        to(&table, &[("d", &digest)], &[]),
        "unknown-value",
        "with a table nothing else counts"
    );
    assert_eq!(to("{model: {name: m1}}", &[], &[]), "1/-/-");
    assert_eq!(to("{model: {name: m2}}", &[], &[]), "unknown-model");
    assert_eq!(to("{model: {name: {tag: n}}}", &[("n", "m1")], &[]), "1/-/-");
    assert_eq!(to("{model: {name: {tag: n}}}", &[("n", "M1")], &[]), "unknown-model");
    assert_eq!(to("{model: {name: {tag: n}}}", &[("n", " m1")], &[]), "unknown-value", "no label");
    assert_eq!(to("{model: {name: {tag: n, table: {x: m1}}}}", &[("n", "x")], &[]), "1/-/-");
    assert_eq!(to("{activity: reporting}", &[], &[]), "-/reporting/-");
    assert_eq!(to("{activity: {tag: k}}", &[("k", "training")], &[]), "-/training/-");
    assert_eq!(to("{activity: {tag: k}}", &[("k", "Training")], &[]), "unknown-value");
    let words = "{activity: {column: k, table: {t: training}}}";
    assert_eq!(to(words, &[], &[("k", "t")]), "-/training/-");
    assert_eq!(to(words, &[], &[("k", "training")]), "unknown-value");
    assert_eq!(to("{team: {tag: k}}", &[("k", "risk")], &[]), "-/-/risk");
    assert_eq!(to("{team: {tag: k}}", &[("k", "")], &[]), "unknown-value");
    assert_eq!(to("{team: {tag: k}}", &[("k", "ri\u{202e}sk")], &[]), "unknown-value");
    assert_eq!(to("{team: {tag: k, table: {\"1\": risk}}}", &[("k", "1")], &[]), "-/-/risk");
    // Aliases of a part: all values mean the same, or none counts (AL-21).
    let env = "{team: {tag: environment, table: {prod: p, production: p, test: t}}}";
    assert_eq!(to(env, &[("env", "prod")], &[]), "-/-/p");
    assert_eq!(to(env, &[("env", "prod"), ("environment", "production")], &[]), "-/-/p");
    assert_eq!(to(env, &[("env", "prod"), ("environment", "test")], &[]), "contradictory-tag");
    assert_eq!(to(env, &[("env", "prod"), ("environment", "else")], &[]), "contradictory-tag");
    assert_eq!(to(env, &[("env", "some"), ("environment", "else")], &[]), "unknown-value");
    // The first part that fails is told (AL-26).
    let all = "{model: {name: m2}, activity: {tag: x}, team: {tag: y}}";
    assert_eq!(to(all, &[("y", "")], &[]), "unknown-model");
    assert_eq!(to(&all.replace("m2", "m1"), &[("y", "")], &[]), "no-value");
    assert_eq!(to(&all.replace("m2", "m1"), &[("x", "training"), ("y", "")], &[]), "unknown-value");
    assert_eq!(to(&all.replace("m2", "m1"), &[("x", "training"), ("y", "t")], &[]), "1/training/t");
}

/// AL-23.
#[test]
fn a_run_is_charged_to_the_models_that_it_made() {
    let run = |tags: &[(&str, &str)]| {
        let rules = document(
            ALIASES,
            &["id: r, when: any, run: {tag: run, activity: training, team: {tag: t}}"],
        );
        came_to(&rules, &[tagged(1, "1", tags)])
    };
    assert_eq!(run(&[("run", "run-1"), ("t", "x")]), ["1/training/x 1 of 1 by r"]);
    assert_eq!(
        run(&[("run", "run-2"), ("t", "x")]),
        ["1/training/x 0.5 of 1 by r", "2/training/x 0.5 of 1 by r"]
    );
    assert_eq!(run(&[("run", "run-0"), ("t", "x")]), ["run-without-model 1 of 1 by r"]);
    assert_eq!(run(&[("run", "run-9"), ("t", "x")]), ["unknown-run 1 of 1 by r"]);
    assert_eq!(run(&[("t", "x")]), ["no-value 1 of 1 by r"]);
    assert_eq!(run(&[("run", "run-1")]), ["no-value 1 of 1 by r"]);
    assert_eq!(run(&[("run", "run-1"), ("t", "")]), ["unknown-value 1 of 1 by r"]);
    let by_column = rules(&["id: r, when: any, run: {column: x_AiRunId}"]);
    let one = celled(1, "1", &[("x_AiRunId", "run-1")]);
    assert_eq!(came_to(&by_column, &[one]), ["1/-/- 1 of 1 by r"]);
    let aliased = document(ALIASES, &["id: r, when: any, run: {tag: environment}"]);
    let two = [("env", "run-1"), ("environment", "run-2")];
    assert_eq!(came_to(&aliased, &[tagged(1, "1", &two)]), ["contradictory-tag 1 of 1 by r"]);
}

/// AL-24: a split that has a target which can't be attributed is not made for the others alone.
#[test]
fn a_split_is_made_whole_or_not_at_all() {
    let more = "  aliases: {x: [y]}\n";
    let rules = document(more, &["id: r, when: any, split: {weights: {a: 1, m: 1}}"]);
    assert_eq!(came_to(&rules, &[charge(1, "1")]), ["-/-/a 0.5 of 1 by r", "1/-/- 0.5 of 1 by r"]);
    let found = allocate([charge(1, "1")], &rules, &crate::world::Log::default()).unwrap();
    let reasons: Vec<_> = found.unallocated.keys().map(|(_, (reason, _))| *reason).collect();
    assert_eq!((reasons, found.lines.len()), (vec![Reason::UnknownModel], 0));
}

/// The specification's example, rule by rule.
#[test]
fn the_example_attributes_charges() {
    let rules = parse(&example()).unwrap();
    let service = |row, amount, service| celled(row, amount, &[("ServiceName", service)]);
    let digest = model(5).hex();
    let by_tag =
        [("x_AiModelDigest", &*digest), ("x_AiActivity", "audit"), ("business_unit", "4712")];
    let endpoint = "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/fraud-7";
    let refund = Charge { correction: true, ..celled(4, "-2", &[("ResourceId", endpoint)]) };
    let audit = Charge {
        tags: texts(&[("env", "prod"), (" org", "audit")]),
        ..service(5, "7", "Amazon SageMaker Clarify")
    };
    let charges = [
        tagged(1, "10", &[("x_AiRunId", "run-2")]),
        tagged(2, "3", &by_tag),
        celled(3, "20", &[("ResourceId", endpoint)]),
        refund,
        audit,
        service(6, "0.01", "Amazon API Gateway"),
        service(7, "0.00000000001", "Amazon Elastic Container Registry"),
        service(8, "1", "AmazonCloudWatch"),
        service(9, "8", "Amazon SageMaker Clarify"),
    ];
    // Row 4 is a correction, which no rule but the last takes, as it does row 9: -2 + 8 in the
    // proportion of 5, 5, 3, 20 and 7, which are 40.
    assert_eq!(
        came_to(&rules, &charges),
        [
            "-/fairness-audit/audit 8.05 of 3 by audits+everything-else",
            "1/training/- 5.75 of 3 by by-run+everything-else",
            "2/training/- 5.75 of 3 by by-run+everything-else",
            "5/fairness-audit/growth 3.45 of 3 by by-tag+everything-else",
            "9/inference/risk 24.00750000001 of 6 by everything-else+fraud-endpoint+gateway+monitoring+registry",
            "159/inference/growth 0.0025 of 2 by gateway+registry",
        ]
    );
    assert_eq!(rules.name, name("responsible-ai-costs"));
    assert_eq!(log().models["fraud-detection-v2"], model(9));
}
