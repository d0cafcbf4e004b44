#!/usr/bin/env bash
# Every check: set-up, screens, lints, Rust tests, the browser against the built program.
set -euo pipefail
cd "$(dirname "$0")/../.."
step() { printf '\n== %s (%ss)\n' "$1" "$SECONDS"; }

step "set-up";          bash tests/tools/setup.sh
step "screens";         (cd dashboards && npm ci --no-fund --no-audit --loglevel=error && npm run -s check && npm test --silent && npm run -s build)
step "lints";           cargo fmt --all --check && cargo clippy -q --workspace --all-targets -- -D warnings
step "database tools";  (cd tests/tools/pglite && npm ci --no-fund --no-audit --loglevel=error)
step "rust tests";      cargo nextest run --workspace --no-fail-fast
step "browser";         (cd tests/browser && npm ci --no-fund --no-audit --loglevel=error) && cargo build -q && node tests/browser/run.mjs
step "all checks passed"
