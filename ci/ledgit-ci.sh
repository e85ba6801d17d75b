#!/bin/sh
# Records, verifies and sequences from a pipeline, and verifies from git hooks (spec/ci.md, O-50 to O-54).
#
#   ledgit-ci.sh record | verify | sequence | hook-verify [OPTION...] | hook-anchor FILE
#
# All input of the first three comes in environment variables; an empty one counts as not set:
#
#   LEDGIT_BIN              the binary to run; without it:
#   LEDGIT_SHA256           SHA-256 of the binary to download, from somebody you trust
#   LEDGIT_VERSION          which version, and
#   LEDGIT_RELEASES         below which address its releases are; or
#   LEDGIT_URL              the whole address
#   LEDGIT_REPO             repository [.]
#   LEDGIT_REMOTE           remote to exchange with [the authority, as the ledger says]
#   LEDGIT_TRUST            id of the ledger: ledgit:HEX
#   LEDGIT_WITNESS_POLICY   file; demands enough cosignatures
#   LEDGIT_MAX_AGE          how old the newest entry may be: 12h, 30d
#   LEDGIT_WITHOUT          evidence, anchors: what verify leaves out, one a line
#   LEDGIT_FROM             JSON document of what to record; or
#   LEDGIT_ARGUMENTS        arguments of `ledgit record`, one a line
#   LEDGIT_IDEMPOTENCY_KEY  key in place of the run's own
#   LEDGIT_CI               auto, off, or a provider [auto]
#   LEDGIT_FORK             true: what runs was proposed from a fork
#   LEDGIT_OUTPUT           file that size, root and pending are added to
#   LEDGIT_OUTPUT_PREFIX    what stands before their names
#   LEDGIT_KEY, LEDGIT_KEY_FILE, SSH_AUTH_SOCK   the key that signs statements
#   LEDGIT_LOG_KEY          the log key, for sequence
#   LEDGIT_EVERY            seconds since the last checkpoint that sequence waits for [60 at a remote]
set -eu
# Keys are handled below: what they are is not traced, and files are their owner's.
set +x
umask 077

# No program that is run here inherits a key but the one that signs with it.
signing_key=${LEDGIT_KEY:-}
log_key=${LEDGIT_LOG_KEY:-}
unset LEDGIT_KEY LEDGIT_LOG_KEY

ledgit=
work=
key_file=

say() {
    printf 'ledgit-ci: %s\n' "$1" >&2
}

fail() {
    say "$1"
    exit 2
}

clean() {
    [ -z "$key_file" ] || rm -f -- "$key_file"
    [ -z "$work" ] || rm -rf -- "$work"
}

# An empty variable is one that a template did not fill in.
drop_empty() {
    [ -n "${LEDGIT_TRUST:-}" ] || unset LEDGIT_TRUST
    [ -n "${LEDGIT_REPO:-}" ] || unset LEDGIT_REPO
    [ -n "${LEDGIT_STATE_DIR:-}" ] || unset LEDGIT_STATE_DIR
}

target() {
    case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo x86_64-unknown-linux-gnu ;;
    Linux-aarch64) echo aarch64-unknown-linux-gnu ;;
    Darwin-arm64) echo aarch64-apple-darwin ;;
    Darwin-x86_64) echo x86_64-apple-darwin ;;
    *) fail "there is no release for $(uname -s) on $(uname -m): set LEDGIT_BIN" ;;
    esac
}

address() {
    if [ -n "${LEDGIT_URL:-}" ]; then
        printf '%s\n' "$LEDGIT_URL"
        return
    fi
    case "${LEDGIT_VERSION:-}" in
    '' | *[!0-9A-Za-z.+-]*) fail "LEDGIT_VERSION is not a version; or set LEDGIT_BIN" ;;
    esac
    [ -n "${LEDGIT_RELEASES:-}" ] || fail "LEDGIT_RELEASES says nowhere to download from"
    found=$(target)
    printf '%s/v%s/ledgit-%s-%s\n' "${LEDGIT_RELEASES%/}" "$LEDGIT_VERSION" "$LEDGIT_VERSION" "$found"
}

sha256() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1"
    else
        shasum -a 256 <"$1"
    fi
}

# The binary: one that is here, or one that was downloaded and has the digest that was pinned (O-51).
install() {
    if [ -n "${LEDGIT_BIN:-}" ]; then
        ledgit=$(command -v -- "$LEDGIT_BIN") || fail "there is no program $LEDGIT_BIN"
        return
    fi
    case "${LEDGIT_SHA256:-}" in
    *[!0-9a-f]* | '') fail "LEDGIT_SHA256 is not a SHA-256 in small hexadecimal; nothing is downloaded without it" ;;
    esac
    [ ${#LEDGIT_SHA256} -eq 64 ] || fail "LEDGIT_SHA256 has not 64 digits"
    url=$(address)
    case "$url" in
    https://* | file:///*) ;;
    *) fail "LEDGIT_URL is neither https:// nor file:///" ;;
    esac
    curl --fail --silent --show-error --location --retry 3 --max-time 300 \
        --proto '=https,file' --proto-redir '=https' --output "$work/ledgit" -- "$url" ||
        fail "could not download $url"
    has=$(sha256 "$work/ledgit")
    has=${has%% *}
    [ "$has" = "$LEDGIT_SHA256" ] || fail "$url has SHA-256 $has, not the one that is pinned; it was not run"
    chmod 700 "$work/ledgit"
    ledgit=$work/ledgit
}

# Whether a stranger proposed what runs here. Where a system does not say, it is one (O-53).
is_fork() {
    case "${LEDGIT_FORK:-}" in
    true) return 0 ;;
    false) return 1 ;;
    esac
    case "${GITHUB_EVENT_NAME:-}" in
    pull_request* | workflow_run) return 0 ;;
    esac
    if [ -n "${CI_MERGE_REQUEST_SOURCE_PROJECT_ID:-}" ] &&
        [ "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID" != "${CI_MERGE_REQUEST_PROJECT_ID:-}" ]; then
        return 0
    fi
    if [ -n "${BUILDKITE_PULL_REQUEST_REPO:-}" ] &&
        [ "${BUILDKITE_PULL_REQUEST_REPO%.git}" != "${BUILDKITE_REPO%.git}" ]; then
        return 0
    fi
    # CircleCI sets its variable for forks alone, Jenkins too.
    [ "${SYSTEM_PULLREQUEST_ISFORK:-}" = True ] || [ -n "${CIRCLE_PR_NUMBER:-}" ] || [ -n "${CHANGE_FORK:-}" ]
}

# Runs ledgit, again where it says that it was busy. Returns its exit status.
run() {
    left=5
    while :; do
        ended=0
        "$ledgit" "$@" || ended=$?
        left=$((left - 1))
        [ "$ended" -eq 75 ] && [ "$left" -gt 0 ] || return "$ended"
        sleep 2
    done
}

# Custom refs are in no clone that a CI system makes: sync fetches them.
sync() {
    set -- sync
    [ -z "${LEDGIT_REMOTE:-}" ] || set -- "$@" "--remote=$LEDGIT_REMOTE"
    run "$@"
}

# Exit status 3 tells of an older statement of this clone: that is no reason to leave out a new one.
sync_before() {
    status=0
    sync || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 3 ] || exit "$status"
}

verify() {
    set -- verify
    [ -z "${LEDGIT_WITNESS_POLICY:-}" ] || set -- "$@" "--witness-policy=$LEDGIT_WITNESS_POLICY"
    [ -z "${LEDGIT_MAX_AGE:-}" ] || set -- "$@" "--max-age=$LEDGIT_MAX_AGE"
    while IFS= read -r line; do
        [ -z "$line" ] || set -- "$@" "--without=$line"
    done <<END
${LEDGIT_WITHOUT:-}
END
    run "$@"
}

record() {
    if is_fork; then
        say "this was proposed from a fork: it is verified, and nothing is recorded"
        sync_before
        verify || exit $?
        output
        return
    fi
    sync_before
    if [ -n "${LEDGIT_TRUST:-}" ]; then
        # A policy that was not kept is no reason to hide what happened; a log that was changed is one.
        status=0
        verify || status=$?
        case "$status" in
        0) ;;
        3 | 4) say "verify ended with $status; it is recorded all the same" ;;
        *) exit "$status" ;;
        esac
    fi
    set -- record "--ci=${LEDGIT_CI:-auto}"
    [ -z "${LEDGIT_IDEMPOTENCY_KEY:-}" ] || set -- "$@" "--idempotency-key=$LEDGIT_IDEMPOTENCY_KEY"
    [ -z "${LEDGIT_FROM:-}" ] || set -- "$@" "--from=$LEDGIT_FROM"
    while IFS= read -r line; do
        [ -z "$line" ] || set -- "$@" "$line"
    done <<END
${LEDGIT_ARGUMENTS:-}
END
    [ -z "$signing_key" ] || export LEDGIT_KEY="$signing_key"
    run "$@" || exit $?
    unset LEDGIT_KEY
    status=0
    sync || status=$?
    output
    return "$status"
}

sequence() {
    sync_before
    common=$(git -C "${LEDGIT_REPO:-.}" rev-parse --path-format=absolute --git-common-dir)
    if [ -n "$log_key" ]; then
        [ ! -e "$common/ledgit/log-key" ] || fail "a log key is in $common/ledgit already"
        mkdir -p -- "$common/ledgit"
        key_file=$common/ledgit/log-key
        printf '%s\n' "$log_key" >"$key_file"
    fi
    set -- sequence
    [ -z "${LEDGIT_REMOTE:-}" ] || set -- "$@" "--remote=$LEDGIT_REMOTE"
    [ -z "${LEDGIT_EVERY:-}" ] || set -- "$@" "--every=$LEDGIT_EVERY"
    status=0
    run "$@" || status=$?
    output
    return "$status"
}

# Digits alone get into the file, so that nobody's text adds a line to it (O-54).
output() {
    [ -n "${LEDGIT_OUTPUT:-}" ] || return 0
    "$ledgit" --format json status >"$work/status"
    size=$(sed -n 's/^  "size": \([0-9][0-9]*\),*$/\1/p' "$work/status")
    root=$(sed -n 's/^  "root": "\([0-9a-f]*\)",*$/\1/p' "$work/status")
    pending=$(git -C "${LEDGIT_REPO:-.}" for-each-ref --format='%(refname:lstrip=3)' refs/ledgit/inbox refs/ledgit/sent |
        sort -u | tr '\n' ' ' | tr -cd '0-9a-f ')
    before=${LEDGIT_OUTPUT_PREFIX:-}
    printf "${before}%s\n" "size=$size" "root=$root" "pending=${pending% }" >>"$LEDGIT_OUTPUT"
}

main() {
    command=${1:-}
    [ $# -eq 0 ] || shift
    case "$command" in
    record | verify | sequence) ;;
    hook-verify)
        # On a developer's machine: what is installed, without the network, and from what was verified before.
        exec "${LEDGIT_BIN:-ledgit}" --quiet verify "$@"
        ;;
    hook-anchor)
        # Never stands in a commit's way.
        "${LEDGIT_BIN:-ledgit}" --quiet anchor --message "${1:-}" >/dev/null 2>&1 || :
        exit 0
        ;;
    *) fail "usage: ledgit-ci.sh record | verify | sequence" ;;
    esac
    trap clean EXIT
    trap 'exit 130' HUP INT TERM
    work=$(mktemp -d)
    drop_empty
    install
    case "$command" in
    record) record ;;
    sequence) sequence ;;
    verify)
        sync_before
        status=0
        verify || status=$?
        output
        return "$status"
        ;;
    esac
}

main "$@"
