//! The built-ins that J-40 allows, and how much the ones that multiply text may make.

use anyhow::{Result, bail};
use ledgit_core::limits;
use regorus::{Engine, Value};

use super::meter;

/// What a module may call beside its own functions. Each is a pure function of its arguments.
pub(super) const ALLOWED: &[&str] = &[
    // numbers and sums
    "abs",
    "ceil",
    "count",
    "floor",
    "format_int",
    "max",
    "min",
    "product",
    "round",
    "sort",
    "sum",
    "to_number",
    // texts
    "concat",
    "contains",
    "endswith",
    "indexof",
    "indexof_n",
    "lower",
    "replace",
    "split",
    "sprintf",
    "startswith",
    "strings.any_prefix_match",
    "strings.any_suffix_match",
    "strings.count",
    "strings.reverse",
    "substring",
    "trim",
    "trim_left",
    "trim_prefix",
    "trim_right",
    "trim_space",
    "trim_suffix",
    "upper",
    // arrays, objects, sets
    "array.concat",
    "array.reverse",
    "array.slice",
    "intersection",
    "object.filter",
    "object.get",
    "object.keys",
    "object.remove",
    "object.subset",
    "set",
    "union",
    // types
    "is_array",
    "is_boolean",
    "is_null",
    "is_number",
    "is_object",
    "is_set",
    "is_string",
    "type_name",
];

/// What the engine has compiled in and a module may not reach, not even by `with`: an extension of
/// the engine comes before a built-in of the same name. They print, or make much of little in one
/// step, where no meter looks.
pub(super) const REFUSED: &[(&str, u8)] = &[
    ("__builtin_sets.intersection", 2),
    ("__builtin_sets.union", 2),
    ("bits.and", 2),
    ("bits.lsh", 2),
    ("bits.negate", 1),
    ("bits.or", 2),
    ("bits.rsh", 2),
    ("bits.xor", 2),
    ("json.filter", 2),
    ("json.is_valid", 1),
    ("json.marshal", 1),
    ("json.marshal_with_options", 2),
    ("json.remove", 2),
    ("json.unmarshal", 1),
    ("numbers.range", 2),
    ("numbers.range_step", 3),
    ("object.union", 2),
    ("object.union_n", 1),
    ("print", 1),
    ("rand.intn", 2),
    ("strings.replace_n", 2),
    ("trace", 1),
    ("units.parse", 1),
    ("units.parse_bytes", 1),
];

/// How long the text is at most that a built-in would make; `None` past the maximum.
type Bound = fn(&[Value]) -> Option<usize>;

/// The built-ins whose text can be longer than all that they are given.
const GUARDED: &[(&str, u8, Bound)] =
    &[("concat", 2, concat), ("replace", 3, replace), ("sprintf", 2, sprintf)];

/// Puts the guards and the refusals before the engine's own built-ins.
pub(super) fn install(engine: &mut Engine) -> Result<()> {
    for &(name, arguments, bound) in GUARDED {
        let guarded = move |given: Vec<Value>| {
            if bound(&given).is_none_or(|length| length > limits::REGO_TEXT_BYTES) {
                meter::past("text");
                bail!("{name} would make a text of more than {} bytes", limits::REGO_TEXT_BYTES);
            }
            original(name, given)
        };
        engine.add_extension(name.to_owned(), arguments, Box::new(guarded))?;
    }
    for &(name, arguments) in REFUSED {
        let refusal = move |_: Vec<Value>| bail!("{name} is not allowed");
        engine.add_extension(name.to_owned(), arguments, Box::new(refusal))?;
    }
    Ok(())
}

/// The engine's own built-in, reached through an engine that has no extension in front of it.
fn original(name: &str, given: Vec<Value>) -> Result<Value> {
    let arguments: Vec<String> = (0..given.len()).map(|at| format!("input[{at}]")).collect();
    let mut engine = Engine::new();
    engine.set_input(Value::from(given));
    let found = engine.eval_query(format!("{name}({})", arguments.join(", ")), false)?;
    let first = found.result.into_iter().next().and_then(|row| row.expressions.into_iter().next());
    Ok(first.map_or(Value::Undefined, |expression| expression.value))
}

fn length(text: &Value) -> usize {
    text.as_string().map_or(0, |text| text.len())
}

fn concat(given: &[Value]) -> Option<usize> {
    let [delimiter, parts] = given else { return Some(0) };
    let between = length(delimiter);
    let add = |sum: usize, part: &Value| sum.checked_add(length(part))?.checked_add(between);
    match (parts.as_array(), parts.as_set()) {
        (Ok(parts), _) => parts.iter().try_fold(0, add),
        (_, Ok(parts)) => parts.iter().try_fold(0, add),
        _ => Some(0),
    }
}

fn replace(given: &[Value]) -> Option<usize> {
    let [text, old, new] = given else { return Some(0) };
    let text = length(text);
    // An empty text stands before every character and at the end.
    let times = text.checked_div(length(old)).unwrap_or(text + 1);
    times.checked_mul(length(new))?.checked_add(text)
}

fn sprintf(given: &[Value]) -> Option<usize> {
    let [format, arguments] = given else { return Some(0) };
    let format = format.as_string().ok()?;
    let mut left = limits::REGO_TEXT_BYTES.checked_sub(widths(format)?)?;
    printed(arguments, &mut left).then_some(limits::REGO_TEXT_BYTES - left)
}

/// The format's own length and all the widths that it asks for.
fn widths(format: &str) -> Option<usize> {
    format.split('%').skip(1).try_fold(format.len(), |sum, verb| {
        let verb = verb.strip_prefix('.').unwrap_or(verb);
        // Whatever Unicode calls numeric the engine takes for a digit, and panics where it is none.
        let digits: String = verb.chars().take_while(|c| c.is_numeric()).collect();
        if digits.is_empty() { Some(sum) } else { sum.checked_add(digits.parse().ok()?) }
    })
}

/// Takes what a value needs in print from what is left; false if it is not enough. A value that is
/// shared many times is counted as often as it would be printed, and no longer than that.
fn printed(value: &Value, left: &mut usize) -> bool {
    // Brackets, quotes, a comma and a blank; a number of at most 309 digits and a few.
    let (own, parts): (usize, Vec<&Value>) = match value {
        Value::String(text) => (6 * text.len() + 4, Vec::new()),
        Value::Number(_) if value.as_f64().is_ok() || value.as_i128().is_ok() => (336, Vec::new()),
        Value::Number(_) => return false,
        Value::Array(items) => (4, items.iter().collect()),
        Value::Set(items) => (4, items.iter().collect()),
        Value::Object(fields) => (4, fields.iter().flat_map(|(key, value)| [key, value]).collect()),
        _ => (16, Vec::new()),
    };
    let Some(rest) = left.checked_sub(own) else { return false };
    *left = rest;
    parts.into_iter().all(|part| printed(part, left))
}
