//! The engine itself, on a thread of its own.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use ledgit_core::limits;
use regorus::{Engine, Value};
// The engine reads numbers with it, and whole ones exactly only if they keep their text: a build
// without that feature would give other answers.
use serde_json as _;

use super::{RegoError, builtins, meter};

/// Rules that use each other, and values in values, nest as deep as a module of POLICY_BYTES has
/// rules; a stack that overflows would end the process. Only what is used takes memory.
const STACK_BYTES: usize = 512 << 20;
/// What the engine does between two steps, and before the first, is not metered.
const GRACE: Duration = Duration::from_secs(2);
/// Threads that were given up, each of which may hold a core for good.
const STUCK_THREADS: usize = 2;

const FILE: &str = "policy.rego";
const RULE: &str = "data.policy.violations";

static STUCK: AtomicUsize = AtomicUsize::new(0);
/// One evaluation at a time: memory is measured for the whole process.
static TURN: Mutex<()> = Mutex::new(());

/// Does the work on a thread with a stack of a known size, and gives it up when its time is over.
pub(super) fn apart<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, RegoError> + Send + 'static,
) -> Result<T, RegoError> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    if STUCK.load(Ordering::Relaxed) >= STUCK_THREADS {
        return Err(RegoError::Limit("evaluations that do not end"));
    }
    let (send, receive) = channel();
    // Who comes second, the thread's end or the end of patience, finds the other's mark.
    let first = Arc::new(AtomicUsize::new(0));
    let theirs = Arc::clone(&first);
    let run = move || {
        let done = catch_unwind(AssertUnwindSafe(work));
        let done = done.unwrap_or_else(|_| Err(RegoError::Failed("the engine panicked".into())));
        if theirs.fetch_add(1, Ordering::AcqRel) == 0 {
            // Nobody waits any more only if the caller is gone.
            let _ = send.send(done);
        } else {
            STUCK.fetch_sub(1, Ordering::Relaxed);
        }
    };
    let thread = thread::Builder::new().name("rego".into()).stack_size(STACK_BYTES).spawn(run);
    thread.map_err(|error| RegoError::Failed(format!("no thread to run on: {error}")))?;
    let patience = Duration::from_secs(limits::REGO_SECONDS) + GRACE;
    match receive.recv_timeout(patience) {
        Ok(done) => done,
        Err(RecvTimeoutError::Disconnected) => {
            Err(RegoError::Failed("the engine's thread ended".into()))
        }
        Err(RecvTimeoutError::Timeout) if first.fetch_add(1, Ordering::AcqRel) == 0 => {
            STUCK.fetch_add(1, Ordering::Relaxed);
            Err(RegoError::Limit("seconds"))
        }
        // It ended at that very moment.
        Err(RecvTimeoutError::Timeout) => {
            receive.recv().unwrap_or(Err(RegoError::Limit("seconds")))
        }
    }
}

/// An engine that holds the module, compiled as Rego v1 (the engine's own default).
pub(super) fn compile(module: &str) -> Result<Engine, RegoError> {
    let refused = |error: anyhow::Error| RegoError::Module(said(&error));
    let mut engine = Engine::new();
    // A built-in that is given what it can't take fails; were it undefined, a violation would be too.
    engine.set_strict_builtin_errors(true);
    builtins::install(&mut engine).map_err(refused)?;
    let package = engine.add_policy(FILE.to_owned(), module.to_owned()).map_err(refused)?;
    if package != "data.policy" {
        return Err(RegoError::Module(format!("its package is {package}, not data.policy")));
    }
    if !engine.has_declared_rule_rooted_at(FILE, "violations").map_err(refused)? {
        return Err(RegoError::Module("it has no rule `violations`".into()));
    }
    engine.compile_with_entrypoint(&RULE.into()).map_err(refused)?;
    Ok(engine)
}

/// What the engine finds only when it evaluates, and no input can mend.
const BROKEN: &[&str] = &["is unsafe", "recursion detected", "could not find function"];

/// Compiles the module and tries every rule of it on an empty input.
pub(super) fn try_out(module: &str) -> Result<(), RegoError> {
    let timer = meter::start();
    let mut engine = compile(module)?;
    engine.set_input(Value::new_object());
    engine.set_execution_timer_config(timer);
    let tried = engine.eval_modules(false);
    if let Some(limit) = meter::passed() {
        return Err(RegoError::Limit(limit));
    }
    match tried.map_err(|error| said(&error)) {
        Err(why) if BROKEN.iter().any(|broken| why.contains(broken)) => Err(RegoError::Module(why)),
        // Whatever else an empty input lacks, another may have.
        _ => Ok(()),
    }
}

/// Evaluates the module's violations over the input.
pub(super) fn evaluate(module: &str, input: &str) -> Result<BTreeSet<String>, RegoError> {
    let timer = meter::start();
    let mut engine = compile(module)?;
    // The reader of JSON refuses what nests deeper than 128.
    let input = Value::from_json_str(input)
        .map_err(|error| RegoError::Failed(format!("the input is no JSON object: {error}")))?;
    engine.set_input(input);
    engine.set_execution_timer_config(timer);
    let answer = engine.eval_rule(RULE.to_owned());
    // A module can catch an error, in another body of a function; the meter does not forget it.
    if let Some(limit) = meter::passed() {
        return Err(RegoError::Limit(limit));
    }
    texts(&answer.map_err(|error| RegoError::Failed(said(&error)))?)
}

fn texts(answer: &Value) -> Result<BTreeSet<String>, RegoError> {
    let mut found = BTreeSet::new();
    let mut put = |item: &Value| {
        let text = item.as_string().map_err(|_| RegoError::Answer("a list of other things"))?;
        if !found.contains(text.as_ref()) {
            found.insert(text.to_string());
        }
        Ok(())
    };
    match answer {
        Value::Set(items) => items.iter().try_for_each(&mut put)?,
        Value::Array(items) => items.iter().try_for_each(&mut put)?,
        Value::Undefined => return Err(RegoError::Answer("undefined")),
        Value::Object(_) => return Err(RegoError::Answer("an object")),
        _ => return Err(RegoError::Answer("a single value")),
    }
    Ok(found)
}

/// The engine's message in one line: where, and what. It shows the source's lines too, which the
/// reader has, and which may be of any length.
fn said(error: &anyhow::Error) -> String {
    let text = format!("{error:#}");
    let place = text.split_once(FILE).map(|(_, rest)| rest.trim_start_matches(':'));
    let place = place.and_then(|rest| rest.lines().next()).and_then(|at| at.split_once(':'));
    let what = text.split_once("error: ").map_or(text.as_str(), |(_, what)| what);
    // What follows in brackets is the engine's own state.
    let what =
        what.lines().next().and_then(|line| line.split(" (path [").next()).unwrap_or_default();
    let what: String = what.chars().filter(|c| !c.is_control()).take(limits::LABEL_BYTES).collect();
    match place {
        Some((line, column)) => format!("line {line}, column {column}: {what}"),
        None => what,
    }
}
