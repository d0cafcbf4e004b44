# Thin: every target is one or two commands. `make demo` and `make test` do all the set-up they need.
.PHONY: demo test build ui check bench bench-smoke lint gen setup

demo: ui
	cargo run -- demo

test:
	bash tests/tools/test.sh

build: ui
	cargo build --release

ui:
	cd dashboards && npm ci --no-fund --no-audit --loglevel=error && npm run -s build

check:
	cargo check --workspace --all-targets

lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

bench:
	cargo bench -p linepack-core --bench step
	cargo bench -p linepack-core --bench detect
	cargo bench -p linepack-core --bench alarms
	cargo bench --bench figures

bench-smoke:
	cargo bench --bench figures -- --smoke

gen:
	LINEPACK_BLESS=1 cargo test -q --test it types

setup:
	bash tests/tools/setup.sh
