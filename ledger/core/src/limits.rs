//! Every maximum, in one place. `spec/limits.md` lists the same numbers.

/// Bytes of one log entry: C2SP tlog-tiles gives its length two bytes.
pub const ENTRY_BYTES: usize = 65_535;
/// Nesting of arrays and maps in one CBOR item, the outermost counted as 1.
pub const CBOR_DEPTH: usize = 16;
/// Entries in one group that is recorded together.
pub const GROUP_ENTRIES: u64 = 1_024;
/// New entries in one checkpoint, the `time` statement included.
pub const CHECKPOINT_ENTRIES: u64 = 65_536;
/// Leaves of the log: C2SP and Go keep sizes within 63 bits.
pub const TREE_SIZE: u64 = i64::MAX as u64;
/// Hashes in an inclusion or consistency proof.
pub const PROOF_HASHES: usize = 64;
/// Bytes of one signed note.
pub const NOTE_BYTES: usize = 1 << 20;
/// Signature lines of one signed note (Go refuses more than 100).
pub const NOTE_SIGNATURES: usize = 100;
/// Bytes of an origin line; the one-byte length of an ML-DSA cosignature.
pub const ORIGIN_BYTES: usize = 255;
/// Bytes of a label: a name, a version, a role, an environment.
pub const LABEL_BYTES: usize = 256;
/// Bytes of a person's or service's id.
pub const ID_BYTES: usize = 64;
/// Bytes of an idempotency key (`cti`).
pub const CTI_BYTES: usize = 64;
/// Bytes of a free text in a statement (a URI, a source's own number).
pub const TEXT_BYTES: usize = 1_024;
/// Elements of a list in a statement, unless the list has a limit of its own.
pub const LIST_ITEMS: usize = 256;
/// Addresses of one authority.
pub const AUTHORITY_URLS: usize = 16;
/// Decimal digits of an exact number, before and after the point together.
pub const DECIMAL_DIGITS: usize = 38;
/// Principals (people and services) in the founding roster.
pub const FOUNDING_PRINCIPALS: usize = 128;
/// Keys of one principal in the founding roster.
pub const PRINCIPAL_KEYS: usize = 16;
/// Bytes of one evidence object in the content-addressed store.
pub const EVIDENCE_BYTES: u64 = 64 << 20;
/// Bytes of evidence in one drop of the inbox.
pub const DROP_BYTES: u64 = 256 << 20;
/// Objects of evidence in one drop of the inbox.
pub const DROP_OBJECTS: u64 = 4_096;
/// Drops that one run of a sequencer takes from the inbox; what is past it waits for the next.
pub const INBOX_DROPS: usize = 1_000;
/// Bytes of a refusal that a sequencer leaves for a writer.
pub const REFUSAL_BYTES: u64 = 65_536;
/// Reasons that a refusal gives.
pub const REFUSAL_REASONS: usize = 32;
/// Bytes of one of them.
pub const REFUSAL_REASON_BYTES: usize = 1_000;
/// Days of the log's time that a refusal is kept for its writer.
pub const REFUSAL_DAYS: u64 = 30;
/// Seconds that one run of git over a network may take.
pub const GIT_SECONDS: u64 = 900;
/// Bytes of what git says of refs that are read.
pub const GIT_OUTPUT_BYTES: u64 = 256 << 20;
/// Bytes of a pack that is written anew without what is erased.
pub const PURGED_PACK_BYTES: u64 = 1 << 30;
/// Bytes of one manifest chunk.
pub const MANIFEST_CHUNK_BYTES: usize = 1 << 20;
/// Files in one manifest.
pub const MANIFEST_FILES: u64 = 100_000_000;
/// Bytes of one path in a manifest.
pub const PATH_BYTES: usize = 4_096;
/// Bytes of a proof that one file is in a directory.
pub const FILE_PROOF_BYTES: usize = 16 << 10;
/// Files that a stat cache holds.
pub const KNOWN_FILES: usize = 1 << 19;
/// Bytes of a YAML document that decides something.
pub const YAML_BYTES: usize = 32 << 20;
/// Values in such a document, keys included.
pub const YAML_NODES: usize = 1 << 21;
/// Principals (people and services) in a roster document.
pub const ROSTER_PRINCIPALS: usize = 100_000;
/// Keys of which a verifier keeps multiples; a table takes 30 KiB.
pub const KEY_TABLES: usize = 64;
/// Bytes of a policy's document.
pub const POLICY_BYTES: usize = 256 << 10;
/// Requirements of one policy.
pub const POLICY_REQUIREMENTS: usize = 64;
/// Digits after the point that an allocation may ask shares to have.
pub const ALLOCATION_DIGITS: u64 = 18;
/// Values of one table in a document of allocation rules.
pub const ALLOCATION_TABLE: usize = 4_096;
/// Ways to share charges in one allocation, and lines of its report.
pub const ALLOCATION_LINES: usize = 1 << 16;
/// Entries that one result of a report names.
pub const RESULT_ENTRIES: usize = 8;
/// Periods of a series of costs, from the first with an amount to the last complete one.
pub const SERIES_PERIODS: u64 = 36_600;
/// Earlier periods that one is compared with.
pub const BASELINE_PERIODS: usize = 1_000;
/// Thresholds of a budget.
pub const BUDGET_THRESHOLDS: usize = 16;
/// The largest threshold that a `budget` states.
pub const BUDGET_PERCENT: u64 = 1_000;
/// The largest threshold that is reckoned with, and the largest percentage of a rule over costs.
pub const COST_PERCENT: u32 = 1_000_000;
/// Rows that the outcome of one rule of FOCUS names.
pub const CONFORMANCE_ROWS: usize = 8;
/// Bytes of the cell that such an outcome shows.
pub const CONFORMANCE_EXAMPLE_BYTES: usize = 80;
/// Different values that one rule of FOCUS counts; past it the rule can't be decided.
pub const CONFORMANCE_KEYS: usize = 1 << 17;
/// Amounts of bills that are looked at row by row at a time (CV-08).
pub const VIEW_ROWS: u64 = 1 << 20;
/// Seconds that one Rego evaluation may take.
pub const REGO_SECONDS: u64 = 5;
/// Bytes of memory that one Rego evaluation may take.
pub const REGO_MEMORY_BYTES: u64 = 256 << 20;
/// Steps of the engine that one Rego evaluation may take.
pub const REGO_STEPS: u64 = 1_000_000;
/// Bytes of a text that a Rego built-in may put together.
pub const REGO_TEXT_BYTES: usize = 64 << 10;
/// Bytes of the JSON that one Rego evaluation is given.
pub const REGO_INPUT_BYTES: usize = 16 << 20;
/// Bytes of the JSON document that `record --from` reads.
pub const DOCUMENT_BYTES: u64 = 16 << 20;
/// Bytes of the document of a CI claim.
pub const CI_CLAIM_BYTES: u64 = 32 << 10;
/// Seconds that an author's `iat` may lie from the `time` statement before it.
pub const CLOCK_SKEW_SECONDS: u64 = 86_400;
/// Raw bytes of the `extra` line of a tlog-proof (Go reads lines of 65,535 bytes).
pub const PROOF_EXTRA_BYTES: usize = 49_146;
/// Hashes in the proof of a range of entries.
pub const RANGE_HASHES: usize = 126;
/// Bytes of an answer that a stranger checks.
pub const ANSWER_BYTES: usize = 256 << 20;
/// Entries that one answer lists.
pub const ANSWER_ENTRIES: usize = 100_000;
/// Hashes in the consistency proof that a witness is sent (C2SP tlog-witness).
pub const WITNESS_PROOF_HASHES: usize = 63;
/// Bytes of a request to a witness: the largest note and the largest proof before it.
pub const WITNESS_REQUEST_BYTES: usize = 1_052_672;
/// Bytes of the text of a checkpoint that a witness cosigns.
pub const WITNESS_CHECKPOINT_BYTES: usize = 64 << 10;
/// Bytes of a witness' answer.
pub const WITNESS_ANSWER_BYTES: usize = 64 << 10;
/// Bytes of a witness policy.
pub const WITNESS_POLICY_BYTES: usize = 1 << 20;
/// Logs, witnesses and groups of a witness policy together.
pub const WITNESS_POLICY_NAMES: usize = 1_024;
/// Seconds that one request to or of a witness may take.
pub const WITNESS_SECONDS: u64 = 30;
/// Connections that a witness serves at once.
pub const WITNESS_CONNECTIONS: usize = 64;
/// Bytes of a COSE receipt.
pub const RECEIPT_BYTES: usize = 4_096;
/// Bytes of the head of a request to `ledgit serve`.
pub const SERVE_HEAD_BYTES: usize = 16 << 10;
/// Header lines of a request.
pub const SERVE_HEADERS: usize = 64;
/// Bytes of a batch of statements and evidence.
pub const SERVE_BATCH_BYTES: usize = 16 << 20;
/// Statements of one batch, and pieces of evidence.
pub const SERVE_BATCH_ENTRIES: usize = 1_024;
/// Bytes of an answer that a client of a service reads.
pub const SERVE_ANSWER_BYTES: usize = 16 << 20;
/// Bytes of bodies that are in memory at once.
pub const SERVE_BUFFER_BYTES: usize = 256 << 20;
/// Connections that are open at once.
pub const SERVE_CONNECTIONS: usize = 8_192;
/// Requests to append that are under way at once.
pub const SERVE_WRITES: usize = 2_048;
/// Submissions that wait for the writer.
pub const SERVE_QUEUE: usize = 1_024;
/// Requests to read that wait for a reader.
pub const SERVE_READS: usize = 1_024;
/// Statements that the writer logs in one checkpoint, unless one submission has more.
pub const SERVE_COMMIT_ENTRIES: usize = 4_096;
/// Bytes that the writer logs in one checkpoint, unless one submission has more.
pub const SERVE_COMMIT_BYTES: usize = 32 << 20;
/// Seconds until a connection has sent a request's head, also of the next request.
pub const SERVE_HEAD_SECONDS: u64 = 10;
/// Seconds until a request's body is whole.
pub const SERVE_BODY_SECONDS: u64 = 20;
/// Statements that a service leaves to be logged elsewhere, and that wait at once.
pub const SERVE_LEFT: usize = 1_000;
/// Seconds between two exchanges of a service with the authority: hosts advise at most six pushes a minute.
pub const SERVE_SYNC_SECONDS: u64 = 10;
/// Seconds until a request is answered.
pub const SERVE_ANSWER_SECONDS: u64 = 60;
/// Seconds that a client may take none of an answer.
pub const SERVE_STALL_SECONDS: u64 = 20;
/// Seconds that requests under way have when the service is told to stop.
pub const SERVE_STOP_SECONDS: u64 = 30;
/// Seconds that a client goes on sending what a service did not take.
pub const SEND_SECONDS: u64 = 120;
/// Bytes of a full ref name.
pub const REF_NAME_BYTES: usize = 4_096;
/// Bytes of a loose ref's file; a longer one is not read.
pub const REF_BYTES: u64 = 8_192;
/// Bytes of `packed-refs`; a longer one is not read.
pub const PACKED_REFS_BYTES: u64 = 1 << 30;
/// Bytes of a key file.
pub const KEY_FILE_BYTES: u64 = 64 << 10;
/// Rounds of bcrypt that an encrypted key file may ask for (about a minute of work).
pub const KEY_KDF_ROUNDS: u32 = 4_096;
/// Bytes of one message to or from an ssh-agent (OpenSSH's own maximum).
pub const AGENT_MESSAGE_BYTES: usize = 256 << 10;
/// Findings that a verifier lists; those past it are counted.
pub const FINDINGS: usize = 1_000;
/// References to earlier entries that a verifier keeps before it looks them up.
pub const PENDING_REFERENCES: usize = 65_536;
/// Bytes of one Git tree.
pub const GIT_TREE_BYTES: u64 = 256 << 20;
/// Bytes of one Git commit.
pub const GIT_COMMIT_BYTES: u64 = 16 << 20;
/// Directories that nest in the tree of an anchored commit.
pub const ANCHOR_DEPTH: usize = 128;
/// Entries in the tree of an anchored commit.
pub const ANCHOR_OBJECTS: u64 = 20_000_000;
/// Bytes of one file in the tree of an anchored commit.
pub const ANCHOR_BLOB_BYTES: u64 = 2 << 30;
/// Bytes of the value of a checkpoint's trailer in a code commit.
pub const TRAILER_BYTES: usize = 512;
/// Trailers of one log that are read in one code commit.
pub const COMMIT_TRAILERS: usize = 256;
/// Code commits that a verifier reads.
pub const CODE_COMMITS: usize = 1 << 22;
/// Code commits that a verifier names for one reason that changes no verdict.
pub const CODE_NOTES: usize = 64;
/// Trees of code commits among which one verify looks for those of commits that are missing.
pub const TREE_SEARCH_COMMITS: usize = 4_096;
/// Bytes of Git objects that one verify reads for that.
pub const TREE_SEARCH_BYTES: u64 = 1 << 30;
/// Rows of one bill.
pub const BILL_ROWS: u64 = 100_000_000;
/// Columns of a file of charges.
pub const BILL_COLUMNS: usize = 1_024;
/// Bytes of one cell of it.
pub const BILL_CELL_BYTES: usize = 256 << 10;
/// Bytes of the cells of one row.
pub const BILL_ROW_BYTES: usize = 1 << 20;
/// Bytes of a row's proof that is read.
pub const ROW_PROOF_BYTES: usize = 16 << 20;
/// Tags of one row.
pub const BILL_TAGS: usize = 256;
/// Accounts that a file of charges is told to have; that there are more is told.
pub const BILL_ACCOUNTS: usize = 64;
/// Bytes that a file of charges unpacks to.
pub const BILL_UNPACKED_BYTES: u64 = 64 << 30;
/// Bytes of a file of OpenCost's allocations.
pub const OPENCOST_BYTES: usize = 64 << 20;
