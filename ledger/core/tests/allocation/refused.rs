//! One row for each way to be refused.

use ledgit_core::limits;

use crate::world::{around, example, parse};

/// What is changed in the specification's example, what it becomes, a piece of the message, the line.
const ROWS: &[(&str, &str, &str, usize)] = &[
    // AL-01
    ("v1alpha1", "v1", "this reads policy.apexlogic.com/v1alpha1 alone, not", 1),
    ("apiVersion: policy.apexlogic.com/v1alpha1\n", "", "\"apiVersion\" is missing", 1),
    ("kind: CostAllocation", "kind: Allocation", "this reads CostAllocation alone", 2),
    ("kind: CostAllocation\n", "", "\"kind\" is missing", 1),
    ("  name: responsible-ai-costs\n", "  title: x\n", "\"title\" is not known here", 4),
    ("  name: responsible-ai-costs\n", "  description: x\n", "\"name\" is missing", 4),
    ("metadata:\n  name: responsible-ai-costs\n", "", "\"metadata\" is missing", 1),
    ("spec:\n", "spec: {}\nmore:\n", "\"more\" is not known here", 0),
    ("  digits: 10", "  scale: 10", "\"scale\" is not known here; known are digits, aliases", 6),
    // AL-02
    ("responsible-ai-costs", "\" costs\"", "begins or ends with a space", 4),
    ("responsible-ai-costs", "\"c\\u202eosts\"", "U+202E", 4),
    ("team: risk", "team: \"ri\\u200bsk\"", "is no label", 15),
    ("Amazon API Gateway", "\"Amazon\\u200b API Gateway\"", "U+200B, which nobody sees", 48),
    ("Amazon API Gateway", "\"Amazon\\tAPI Gateway\"", "U+0009, which nobody sees", 48),
    (
        "{ServiceName: {equals: Amazon API Gateway}}",
        "{\"\": present}",
        "at least one character",
        48,
    ),
    ("[prod, production]", "[prod, prod]", "it stands twice", 45),
    ("[prod, production]", "[]", "the list is empty", 45),
    ("[prod, production]", "prod", "a list belongs here", 45),
    ("{\"4711\": risk, \"4712\": growth}", "{}", "the table is empty", 27),
    ("{\"4711\": risk", "{\"47\\u200b11\": risk", "U+200B, which nobody sees", 27),
    ("{\"4711\": risk", "{\"4712\": risk", "stands twice", 27),
    // AL-03
    ("digits: 10", "digits: 19", "digits are 0 to 18", 6),
    ("digits: 10", "digits: 010", "\"010\" is no whole number", 6),
    ("digits: 10", "digits: -1", "\"-1\" is no whole number", 6),
    ("digits: 10", "digits: 1.0", "\"1.0\" is no whole number", 6),
    ("digits: 10", "digits: 300", "digits are 0 to 18", 6),
    // AL-04
    ("environment: [env]", "environment: [org]", "\"org\" stands twice among the aliases", 9),
    ("environment: [env]", "environment: [environment]", "\"environment\" stands twice", 8),
    ("environment: [env]", "environment: [\" org\"]", "\" org\" stands twice", 9),
    ("environment: [env]", "environment: env", "a list belongs here", 8),
    ("environment: [env]", "environment: []", "the list is empty", 8),
    ("{environment: {oneOf", "{env: {oneOf", "\"env\" is an alias; ask for \"environment\"", 45),
    ("tag: cost-center", "tag: CostCenter", "\"CostCenter\" is an alias", 26),
    ("tag: org", "tag: \" org\"", "ask for \"org\"", 46),
    ("{tag: x_AiRunId,", "{tag: env,", "\"env\" is an alias", 31),
    // AL-05
    ("sha256:9f86", "sha256:9F86", "is no digest", 17),
    ("sha256:9f86", "sha256:9f8", "is no digest", 17),
    ("sha256:9f86", "sha512:9f86", "is no digest", 17),
    ("train: training", "train: Training", "\"Training\" is no activity", 24),
    ("activity: training", "activity: cooking", "\"cooking\" is no activity", 31),
    // AL-06
    ("id: by-tag", "id: by-run", "the id by-run stands twice", 32),
    (
        "when: {columns: {ServiceName: {equals: AmazonCloudWatch}}}",
        "when: any",
        "no charge gets here: monitoring",
        56,
    ),
    ("    - id: by-run\n      when", "    - when", "\"id\" is missing", 29),
    (
        "id: by-run",
        "name: by-run",
        "\"name\" is not known here; known are id, when, to, run, split",
        29,
    ),
    // AL-10
    ("      when: any\n", "", "\"when\" is missing", 56),
    ("when: any", "when: all", "\"all\" is not known here; known are any", 57),
    ("when: any", "when: {}", "nothing is asked here; for every charge write any", 57),
    ("when: any", "when: [any]", "a map belongs here", 57),
    ("category: [Usage, Credit]", "categories: [Usage]", "\"categories\" is not known here", 39),
    ("[Usage, Credit]", "[Usage, credit]", "\"credit\" is not known here; known are Usage", 39),
    ("[Usage, Credit]", "[Usage, Usage]", "it stands twice", 39),
    ("[Usage, Credit]", "[]", "the list is empty", 39),
    ("correction: no", "correction: false", "\"false\" is not known here; known are yes, no", 40),
    ("tags: {x_AiRunId: present}", "tags: {}", "the map is empty", 30),
    // AL-11
    (
        "{x_AiRunId: present}",
        "{x_AiRunId: there}",
        "\"there\" is not known here; known are present",
        30,
    ),
    ("{x_AiRunId: present}", "{x_AiRunId: {}}", "a test has one of equals, oneOf and prefix", 30),
    ("{equals: AmazonCloudWatch}", "{equals: a, prefix: a}", "a test has one of", 54),
    ("{equals: AmazonCloudWatch}", "{is: a}", "\"is\" is not known here", 54),
    ("{equals: AmazonCloudWatch}", "{equals: \"\"}", "a text belongs here", 54),
    ("{equals: AmazonCloudWatch}", "{equals: [a]}", "a text belongs here", 54),
    // AL-20
    ("to: fraud-serving", "to: fraud", "there is no target fraud", 41),
    ("to: fraud-serving", "to: {}", "a target has a model, an activity or a team", 41),
    ("to: fraud-serving", "to: {owner: x}", "\"owner\" is not known here", 41),
    ("to: fraud-serving", "to: [fraud-serving]", "a map belongs here", 41),
    ("model: {name: fraud-detection-v2}", "model: fraud-detection-v2", "a map belongs here", 13),
    ("{name: fraud-detection-v2}", "{}", "a model has a name or a digest", 13),
    ("{name: fraud-detection-v2}", "{id: fraud-detection-v2}", "\"id\" is not known here", 13),
    ("{name: fraud-detection-v2}", "{name: a, digest: {tag: d}}", "and not both", 13),
    (
        "{digest: {tag: x_AiModelDigest}}",
        "{digest: {table: {a: b}}}",
        "a tag or a column belongs here",
        21,
    ),
    ("{tag: x_AiModelDigest}", "{}", "a tag or a column belongs here, and not both", 21),
    ("{tag: x_AiModelDigest}", "{tag: a, column: b}", "and not both", 21),
    ("{tag: x_AiModelDigest}", "{tag: [a]}", "a text belongs here", 21),
    ("{tag: x_AiModelDigest}", "{label: a}", "\"label\" is not known here", 21),
    ("{tag: org}", "{tag: org, table: [a]}", "a map belongs here", 46),
    ("activity: inference", "activity: ", "a text belongs here", 14),
    ("    fraud-serving:\n", "    \" fraud-serving\":\n", "begins or ends with a space", 13),
    // AL-23, AL-24
    ("run: {tag: x_AiRunId, activity", "run: {activity", "a tag or a column belongs here", 31),
    (
        "run: {tag: x_AiRunId",
        "run: {tag: x_AiRunId, table: {a: b}",
        "\"table\" is not known here",
        31,
    ),
    ("run: {tag: x_AiRunId, activity: training}", "run: x_AiRunId", "a map belongs here", 31),
    (
        "      run: {tag: x_AiRunId, activity: training}\n",
        "",
        "a rule has one of to, run and split",
        29,
    ),
    (
        "      to: tagged\n",
        "      to: tagged\n      split: {proportional: direct}\n",
        "a rule has one of",
        32,
    ),
    ("{weights: {fraud-serving: 3, churn-serving: 1}}", "{}", "a split has one of", 49),
    ("{weights: {fraud", "{evenly: [tagged], weights: {fraud", "a split has one of", 49),
    ("{weights: {fraud", "{parts: {fraud", "\"parts\" is not known here", 49),
    ("churn-serving: 1}", "churn-serving: 0}", "the number is at least 1", 49),
    ("churn-serving: 1}", "churn-serving: 0.5}", "\"0.5\" is no whole number", 49),
    ("churn-serving: 1}", "churn-serving: 18446744073709551616}", "is no whole number", 49),
    ("churn-serving: 1}", "churn: 1}", "there is no target churn", 49),
    (", churn-serving: 1}", "}", "a split is among at least two targets", 49),
    ("[fraud-serving, churn-serving]", "[fraud-serving]", "at least two targets", 52),
    ("[fraud-serving, churn-serving]", "[fraud-serving, fraud-serving]", "it stands twice", 52),
    ("[fraud-serving, churn-serving]", "[fraud-serving, churn]", "there is no target churn", 52),
    ("[fraud-serving, churn-serving]", "[fraud-serving, {team: x}]", "a text belongs here", 52),
    // AL-25
    (
        "proportional: direct",
        "proportional: all",
        "\"all\" is not known here; known are direct",
        58,
    ),
    ("proportional: direct", "proportional: []", "the list is empty", 58),
    ("[fraud-endpoint]", "[gateway]", "no rule gateway with to or run stands before it", 55),
    ("[fraud-endpoint]", "[everything-else]", "no rule everything-else with to or run", 55),
    ("[fraud-endpoint]", "[monitoring]", "no rule monitoring with to or run", 55),
    ("[fraud-endpoint]", "[fraud-endpoint, fraud-endpoint]", "it stands twice", 55),
];

#[track_caller]
fn refused(text: &str, why: &str, line: usize) {
    match parse(text) {
        Ok(_) => panic!("read, not refused: {why}\n{text}"),
        Err(error) => {
            let right = error.why.contains(why) && [0, error.line].contains(&line);
            assert!(right, "{error}, not line {line}: {why}\n{text}");
        }
    }
}

#[test]
fn each_way_to_be_wrong_is_told_by_its_line() {
    assert!(parse(&example()).is_ok());
    let mut wrong = Vec::new();
    for (from, to, why, line) in ROWS {
        let text = example().replacen(from, to, 1);
        assert_ne!(text, example(), "{from}");
        match parse(&text) {
            Ok(_) => wrong.push(format!("{from:?} to {to:?} is read")),
            Err(error) if error.why.contains(why) && [0, error.line].contains(line) => {}
            Err(error) => wrong.push(format!("{from:?} to {to:?}: {error}, not {line}: {why}")),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(ROWS.len() >= 90);
}

#[test]
fn rules_that_have_no_rules_or_no_base_are_refused() {
    refused(&around("  digits: 1\n"), "\"rules\" is missing", 5);
    refused(&around("  rules: []\n"), "there are 1 to 256 rules", 5);
    refused(&around("  rules: {}\n"), "a list belongs here", 5);
    refused(
        &around("  rules: [{id: x, when: any, split: {proportional: direct}}]\n"),
        "no rule before it has to or run",
        5,
    );
    let split = "  targets: {a: {team: a}, b: {team: b}}\n  rules:\n    - {id: x, when: {category: [Tax]}, split: {evenly: [a, b]}}\n    - {id: y, when: any, split: {proportional: direct}}\n";
    refused(&around(split), "no rule before it has to or run", 8);
    refused(&around("  rules: [{id: x, when: any, to: a}]\n"), "there is no target a", 5);
}

/// Both sides of each maximum.
#[test]
fn what_is_past_a_maximum_is_refused() {
    let rules = |count: usize| {
        let one = |n| format!("    - {{id: r{n}, when: {{category: [Tax]}}, to: {{team: t}}}}\n");
        around(&format!("  rules:\n{}", (0..count).map(one).collect::<String>()))
    };
    assert!(parse(&rules(limits::LIST_ITEMS)).is_ok());
    refused(&rules(limits::LIST_ITEMS + 1), "there are 1 to 256 rules", 6);
    let table = |count: usize| {
        let pairs: Vec<_> = (0..count).map(|n| format!("v{n}: t")).collect();
        let to = format!("{{team: {{tag: k, table: {{{}}}}}}}", pairs.join(", "));
        around(&format!("  rules: [{{id: x, when: any, to: {to}}}]\n"))
    };
    assert!(parse(&table(limits::ALLOCATION_TABLE)).is_ok());
    refused(&table(limits::ALLOCATION_TABLE + 1), "a table has at most 4096 values", 5);
    let text = |bytes: usize| {
        let value = "x".repeat(bytes);
        let when = format!("{{columns: {{c: {{equals: {value}}}}}}}");
        around(&format!("  rules: [{{id: x, when: {when}, to: {{team: t}}}}]\n"))
    };
    assert!(parse(&text(limits::TEXT_BYTES)).is_ok());
    refused(&text(limits::TEXT_BYTES + 1), "a text has at most 1024 bytes", 5);
    let sized = |bytes: usize| {
        let text = rules(1);
        format!("{text}#{}", " ".repeat(bytes - text.len() - 1))
    };
    assert!(parse(&sized(limits::POLICY_BYTES)).is_ok());
    refused(&sized(limits::POLICY_BYTES + 1), "at most 262144 bytes", 1);
    let digits = |digits| {
        around(&format!("  digits: {digits}\n  rules: [{{id: x, when: any, to: {{team: t}}}}]\n"))
    };
    assert!(parse(&digits(limits::ALLOCATION_DIGITS)).is_ok());
}

/// Whatever is cut off or changed, a document is read or refused by a line that it has.
#[test]
fn no_document_makes_the_reader_panic() {
    let good = example();
    let lines = good.lines().count() + 1;
    let tried = |text: &str| match parse(text) {
        Ok(_) => true,
        Err(error) => {
            assert!((1..=lines).contains(&error.line) && !error.why.is_empty(), "{error}\n{text}");
            false
        }
    };
    let mut read = 0;
    for at in (0..good.len()).step_by(11) {
        tried(&good[..at]);
        for other in ["", "{", "]", ":", "\n", "-", "\"", "é", "0"] {
            read += usize::from(tried(&format!("{}{other}{}", &good[..at], &good[at + 1..])));
        }
    }
    assert!(read > 100, "{read}");
}
