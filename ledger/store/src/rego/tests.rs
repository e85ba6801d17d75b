use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::{ENGINE, RegoError, builtins, check, meter, run, violations};

/// A module with these rules, in the package that is asked for.
fn module(rules: &str) -> String {
    format!("package policy\n\n{rules}\n")
}

/// A module with one violation whose body is this.
fn body(body: &str) -> String {
    module(&format!("violations contains \"found\" if {{\n{body}\n}}"))
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn refused(module: &str) -> String {
    match check(module) {
        Err(RegoError::Module(why)) => why,
        other => panic!("{module}\n{other:?}"),
    }
}

/// Written as people write them for other products: `allow`, metadata, texts put together.
const GOOD: &str = r#"# METADATA
# title: Latency and papers
package policy

import rego.v1

default allow := false

allow if count(violations) == 0

default required := ["model-card", "data-card"]

recorded := {document.type | some document in input.documents}

# A backtick ` in a comment, and "quotes.
violations contains msg if {
	some name in required
	not name in recorded
	msg := sprintf("document %q is missing", [name])
}

violations contains msg if {
	some metric in input.metrics
	metric.name == "latency_p99"
	to_number(metric.value) > limit(metric.unit)
	msg := sprintf("entry %d: %s %s", [metric.entry, metric.value, metric.unit])
}

limit(unit) := 250 if unit == "ms"

limit(unit) := 0.25 if unit == `s`
"#;

const INPUT: &str = r#"{"documents": [{"type": "model-card"}], "metrics": [
  {"entry": 7, "name": "latency_p99", "value": "251.5", "unit": "ms"},
  {"entry": 9, "name": "latency_p99", "value": "0.249", "unit": "s"}]}"#;

#[test]
fn the_engine_named_is_the_engine_linked() {
    let lock = concat!(env!("CARGO_MANIFEST_DIR"), "/../../Cargo.lock");
    let lock = std::fs::read_to_string(lock).unwrap();
    let (_, rest) = lock.split_once("name = \"regorus\"\nversion = \"").unwrap();
    assert_eq!(ENGINE, format!("regorus/{}", rest.split_once('"').unwrap().0));
}

#[test]
fn a_good_module_says_what_its_input_says() {
    check(GOOD).unwrap();
    let found = violations(GOOD, INPUT).unwrap();
    assert_eq!(found, set(&["document \"data-card\" is missing", "entry 7: 251.5 ms"]));
    let fine = r#"{"documents": [{"type": "model-card"}, {"type": "data-card"}], "metrics": []}"#;
    assert_eq!(violations(GOOD, fine).unwrap(), BTreeSet::new());
}

#[test]
fn an_array_of_texts_answers_too() {
    let array = module("violations := [\"b\", \"a\", \"b\"]");
    assert_eq!(violations(&array, "{}").unwrap(), set(&["a", "b"]));
}

#[test]
fn windows_line_ends_and_with_are_read() {
    let module = module(
        "late if input.time > 5\n\nviolations contains \"a\" if late with input as {\"time\": 6}",
    );
    assert_eq!(violations(&module.replace('\n', "\r\n"), "{}").unwrap(), set(&["a"]));
}

#[test]
fn what_reaches_outside_is_refused() {
    let calls = [
        "http.send({\"url\": \"https://example.org\"})",
        "time.now_ns()",
        "time.clock(1)",
        "time.parse_rfc3339_ns(\"2026-01-01T00:00:00Z\")",
        "rand.intn(\"a\", 5)",
        "uuid.rfc4122(\"a\")",
        "uuid.parse(\"a\")",
        "opa.runtime()",
        "net.lookup_ip_addr(\"localhost\")",
        "net.cidr_contains(\"10.0.0.0/8\", \"10.0.0.1\")",
        "io.jwt.decode_verify(\"a\", {})",
        "io.jwt.verify_rs256(\"a\", \"b\")",
        "crypto.sha256(\"a\")",
        "trace(\"a\")",
        "print(\"a\")",
        "rego.metadata.rule()",
        "rego.parse_module(\"a\", \"b\")",
        "regex.match(\"a\", \"a\")",
        "glob.match(\"a\", [], \"a\")",
        "walk(input)",
        "json.unmarshal(\"1\")",
        "yaml.unmarshal(\"1\")",
        "semver.compare(\"1\", \"1\")",
        "azure.policy.if(true, 1, 2)",
        "unknown(1)",
    ];
    for call in calls {
        let name = call.split_once('(').unwrap().0;
        let why = refused(&body(&format!("x := {call}\nx == 1")));
        assert_eq!(why, format!("line 4, column 6: {name} is no function that is allowed"));
        // However it is spaced, nested or hidden.
        for hidden in [
            call.replacen('(', " \n (", 1),
            call.replacen('(', " # (\n(", 1),
            format!("[y | some y in [{call}]]"),
            format!("count([\"`\", \"\\\"\", `\"#`, {call}])"),
        ] {
            refused(&body(&format!("x := {hidden}")));
        }
    }
}

#[test]
fn every_refused_built_in_is_named_in_no_allowed_list() {
    for (name, _) in builtins::REFUSED {
        assert!(!builtins::ALLOWED.contains(name));
        refused(&body(&format!("x := {name}(1)")));
    }
}

/// What the reading of the text does not see, the engine's own table refuses.
#[test]
fn a_built_in_behind_with_or_brackets_does_nothing() {
    for (name, arguments) in builtins::REFUSED {
        let given = vec!["1"; usize::from(*arguments)].join(", ");
        let direct = body(&format!("x := {name}({given})\nx == x"));
        let why = run::apart(move || run::evaluate(&direct, "{}"));
        assert!(matches!(why, Err(RegoError::Failed(_))), "{name}: {why:?}");
    }
    for name in ["json.marshal", "trace", "http.send", "unknown"] {
        let with = body(&format!("count([1]) == 1 with count as {name}"));
        let found = violations(&with, "{}");
        assert!(!matches!(found, Ok(found) if !found.is_empty()), "{name}");
    }
    refused(&body("x := json[\"marshal\"](1)"));
    refused(&body("x := data.policy[\"f\"](1)"));
}

#[test]
fn every_allowed_built_in_is_there() {
    for name in builtins::ALLOWED.iter().filter(|name| **name != "set") {
        let called = body(&format!("x := {name}()"));
        check(&called).unwrap();
        let why = violations(&called, "{}").unwrap_err().to_string();
        assert!(!why.contains("could not find function"), "{name}: {why}");
    }
}

#[test]
fn what_is_no_policy_is_refused() {
    let cases = [
        ("package other\nviolations := []\n", "its package is data.other, not data.policy"),
        (
            "package policy.more\nviolations := []\n",
            "its package is data.policy.more, not data.policy",
        ),
        ("package policy\nallow := true\n", "it has no rule `violations`"),
        ("package policy\nimport data.other\nviolations := []\n", "an import of data.other"),
        ("package policy\nimport rego.v2\nviolations := []\n", "an import of rego.v2"),
        ("package policy\nviolations := data.params.x\n", "there is no data but data.policy"),
        ("package policy\nviolations := data[\"params\"]\n", "there is no data but data.policy"),
        ("package policy\nviolations := []\0 http\n", "a control character"),
        ("package policy\nviolations := [\"\u{1b}\"]\n", ""),
        ("package policy\nviolations = {{{\n", ""),
        ("package policy\nviolations[x] { x := \"a\" }\n", ""),
        ("package policy\nviolations contains x if { x := y\nx == \"a\" }\n", "line 2"),
        ("package policy\nallow if { x := y }\nviolations := []\n", "line 2"),
        ("package policy\nviolations := a\na := b\nb := a\n", "recursion"),
        ("package policy\nviolations.a contains \"a\"\n", "not a valid rule path"),
        ("", ""),
    ];
    for (module, why) in cases {
        let found = refused(module);
        assert!(found.contains(why), "{module}\n{found}");
        assert!(!found.contains('\n') && found.len() < 400, "{found}");
        let late =
            matches!(violations(module, "{}"), Err(RegoError::Module(_) | RegoError::Failed(_)));
        assert!(late || module.contains("allow if { x := y }"), "{module}");
    }
    let large = module(&format!("violations := []\n# {}", "a".repeat(256 << 10)));
    assert!(refused(&large).contains("more than 262144 bytes"));
}

#[test]
fn any_other_answer_is_an_error() {
    let answer = |rules: &str| violations(&module(rules), "{}").unwrap_err();
    assert_eq!(answer("violations := input.none"), RegoError::Answer("undefined"));
    assert_eq!(answer("violations := true"), RegoError::Answer("a single value"));
    assert_eq!(answer("violations := \"a\""), RegoError::Answer("a single value"));
    assert_eq!(answer("violations[x] := 1 if some x in [\"a\"]"), RegoError::Answer("an object"));
    assert_eq!(answer("violations contains 1"), RegoError::Answer("a list of other things"));
    assert_eq!(answer("violations(x) := x"), RegoError::Answer("undefined"));
}

#[test]
fn a_failure_is_no_pass() {
    let failed = |text: &str, input: &str| match violations(&body(text), input) {
        Err(RegoError::Failed(why)) => why,
        other => panic!("{other:?}"),
    };
    let why = failed("to_number(\"many\") > 5", "{}");
    assert_eq!(why, "line 4, column 12: could not parse string as number");
    failed("1 / 0 == 1", "{}");
    failed("input.a", "{");
    failed("input.a", &format!("{{\"a\": {}1{}}}", "[".repeat(200), "]".repeat(200)));
}

fn limited(module: &str, what: &str) {
    let began = Instant::now();
    let found = violations(module, "{}").unwrap_err();
    assert!(matches!(found, RegoError::Limit(limit) if limit == what), "{found:?}\n{module}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
}

const DIGITS: &str = "d := [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]";

#[test]
fn what_does_not_end_is_stopped() {
    let each = "some a in d\nsome b in d\nsome c in d\nsome e in d\nsome f in d\nsome g in d\nsome h in d\nsome i in d";
    let many = body(&format!("{each}\na + b + c + e + f + g + h + i == 100"));
    limited(&format!("{many}\n{DIGITS}\n"), "steps");
    // Another body of the function has an answer; the limit stands all the same.
    let caught =
        format!("slow(x) := 1 if {{\n{each}\na == 100\n}}\n\nslow(x) := 1 if x == 1\n\n{DIGITS}");
    limited(&module(&format!("violations contains \"a\" if slow(1) == 2\n\n{caught}")), "steps");
}

#[test]
fn what_takes_memory_is_stopped() {
    // Each array is twice the one before, all are kept, and no step is long.
    let mut doubled = String::from("a0 := [1, 2, 3, 4, 5, 6, 7, 8]\n");
    for at in 1..40 {
        let _ = writeln!(doubled, "a{at} := array.concat(a{0}, a{0})", at - 1);
    }
    if cfg!(target_os = "linux") {
        limited(
            &module(&format!("violations contains \"a\" if count(a39) == 1\n\n{doubled}")),
            "memory",
        );
    }
}

#[test]
fn no_text_is_put_together_without_end() {
    let mut doubled = String::from("t0 := \"aaaaaaaaaaaaaaaa\"\n");
    for at in 1..40 {
        let _ = writeln!(doubled, "t{at} := concat(\"\", [t{0}, t{0}])", at - 1);
    }
    let with = |last: &str| module(&format!("violations contains \"a\" if {last}\n\n{doubled}"));
    limited(&with("count(t39) == 1"), "text");
    limited(&with("replace(t11, \"a\", t11) == \"a\""), "text");
    limited(&with("replace(t11, \"\", t11) == \"a\""), "text");
    limited(&with("concat(t11, [x | some x in split(t11, \"\")]) == \"a\""), "text");
    limited(&with("sprintf(\"%v%v%v\", [t11, t11, t11]) == \"a\""), "text");
    limited(&with("sprintf(\"%4000000000d\", [1]) == \"a\""), "text");
    limited(&with("sprintf(\"%.99999999999999999999f\", [1]) == \"a\""), "text");
    // A digit that the engine would panic at.
    limited(&with("sprintf(\"%٣d\", [1]) == \"a\""), "text");
    // A value that is shared 2^60 times.
    let mut shared = String::from("v0 := [1, 2]\n");
    for at in 1..60 {
        let _ = writeln!(shared, "v{at} := [v{0}, v{0}]", at - 1);
    }
    limited(&module(&format!("violations contains sprintf(\"%v\", [v59])\n\n{shared}")), "text");
}

#[test]
fn a_panic_does_not_come_out() {
    let found = run::apart(|| -> Result<(), RegoError> { panic!("as the engine might") });
    assert_eq!(found, Err(RegoError::Failed("the engine panicked".into())));
}

/// One step of the engine that compares for ever: the thread is given up.
#[test]
fn one_step_that_does_not_end_is_given_up() {
    let mut shared = String::from("a0 := [1, 2]\n\nb0 := [1, 2]\n");
    for at in 1..60 {
        let _ = writeln!(shared, "a{at} := [a{0}, a{0}]\n\nb{at} := [b{0}, b{0}]", at - 1);
    }
    limited(&module(&format!("violations contains \"a\" if a59 == b59\n\n{shared}")), "seconds");
}

#[test]
fn guarded_built_ins_answer_as_the_engine_does() {
    let same = [
        ("concat(\", \", [\"b\", \"a\"])", "\"b, a\""),
        ("concat(\"-\", {\"b\", \"a\"})", "\"a-b\""),
        ("replace(\"aXbX\", \"X\", \"yy\")", "\"ayybyy\""),
        (
            "sprintf(\"%s %d %v %.2f %05d%%\", [\"a\", 1, [\"b\"], 1.5, 7])",
            "\"a 1 [\\\"b\\\"] 1.50 00007%\"",
        ),
    ];
    for (call, answer) in same {
        let found = violations(&body(&format!("{call} == {answer}")), "{}");
        assert_eq!(found, Ok(set(&["found"])), "{call}");
    }
    let mistaken = violations(&body("concat(1, [\"a\"]) == \"a\""), "{}");
    assert!(matches!(mistaken, Err(RegoError::Failed(_))), "{mistaken:?}");
}

/// Texts made to exhaust the stack or the parser; each comes back with some answer, and soon.
#[test]
fn nothing_nests_deep_enough_to_do_harm() {
    let rules =
        |count: usize, rule: fn(usize) -> String| -> String { (0..count).map(rule).collect() };
    let texts = [
        body(&format!("1{} == 2", "+1".repeat(120_000))),
        body(&format!("1{} == 2", "\n+\n1".repeat(60_000))),
        body(&format!("x := {}1", "- ".repeat(120_000))),
        body(&format!("x := {{1}}{}", "|{1}".repeat(50_000))),
        body(&format!("input{}", ".a".repeat(120_000))),
        body(&format!("input{}", "[0]".repeat(80_000))),
        body(&format!("input{}", "[input".repeat(30_000))),
        body(&format!("x := {}1{}", "[".repeat(100), "]".repeat(100))),
        body(&format!("x := {}1{}", "[".repeat(14), "]".repeat(14))),
        body(&format!("x := {}{}1{}", "[".repeat(13), "1, ".repeat(20_000), "]".repeat(13))),
        body(&format!("x := {}1{}", "{".repeat(13), "}".repeat(13))),
        // As much as the parser is given.
        body(&format!("x := {}{}1{}", "[".repeat(13), "1, ".repeat(24), "]".repeat(13))),
        body(&format!("x := {}{}1{}", "{".repeat(13), "1, ".repeat(24), "}".repeat(13))),
        body(&format!("x := {}{}1{}", "[{".repeat(6), "1, ".repeat(60), "}]".repeat(6))),
        body(&"every i in [1] {\n".repeat(10_000)),
        body(&"not ".repeat(60_000)),
        module(&format!("violations := [] if 1 == 2 {}", "else := [] if 1 == 2\n".repeat(3_000))),
        module(&format!("violations{} contains \"a\"", ".a".repeat(100_000))),
        format!("package policy{}\nviolations := []\n", ".a".repeat(100_000)),
        module(&format!(
            "violations := [a0]\n{}",
            rules(10_000, |at| format!("a{at} := a{}\n", at + 1))
        )),
        module(&format!(
            "violations := [a0]\n{}a8000 := 1\n",
            rules(8_000, |at| format!("a{at} := a{}\n", at + 1))
        )),
        module(&format!(
            "violations := [f0(1)]\n{}f6000(x) := 1\n",
            rules(6_000, |at| format!("f{at}(x) := f{}(x)\n", at + 1))
        )),
        module(&format!(
            "violations := [\"a\"] if a0 == b0\n{}a3600 := 1\nb3600 := 1\n",
            rules(3_600, |at| {
                let next = at + 1;
                format!("a{at} := [[[[a{next}]]]]\n\nb{at} := [[[[b{next}]]]]\n\n")
            })
        )),
        module(&format!(
            "violations := [a0]\n{}a10000 := 1\n",
            rules(10_000, |at| format!("a{at} := [[[[a{}]]]]\n", at + 1))
        )),
        "\"".repeat(100_000),
        "`".repeat(100_001),
        "((((".repeat(60_000),
    ];
    for text in texts {
        let began = Instant::now();
        let found = (check(&text), violations(&text, "{}"));
        let shown: String = text.chars().take(120).collect();
        let took = began.elapsed();
        assert!(took < Duration::from_secs(16), "{took:?}: {shown}\n{found:?}");
    }
}

#[test]
fn the_same_answer_after_the_same_steps_every_time() {
    let run = || {
        run::apart(|| {
            let found = run::evaluate(GOOD, INPUT)?;
            Ok((found, meter::steps()))
        })
    };
    let first = run().unwrap();
    assert!(first.1 > 20, "{}", first.1);
    for _ in 0..100 {
        assert_eq!(run().unwrap(), first);
    }
}

/// J-41: why the input has decimals as texts. Whole numbers are exact, and so is every comparison;
/// a decimal is read as the nearest binary fraction.
#[test]
fn numbers_are_whole_or_binary() {
    let holds =
        |text: &str, input: &str| violations(&body(text), input).map(|found| !found.is_empty());
    let large = "input.a == 123456789012345678901234567890; input.a + 1 == 123456789012345678901234567891; input.a < input.a + 1";
    assert_eq!(holds(large, "{\"a\": 123456789012345678901234567890}"), Ok(true));
    assert_eq!(holds("9007199254740993 > 9007199254740992.0", "{}"), Ok(true));
    assert_eq!(holds("0.1 + 0.2 == 0.3", "{}"), Ok(false));
    assert_eq!(holds("input.a == 0.3", "{\"a\": 0.3000000000000000000001}"), Ok(true));
    assert_eq!(holds("to_number(\"0.3000000000000000000001\") == 0.3", "{}"), Ok(true));
}
