#!/usr/bin/env bash
# Installs what the checks need beside Rust and Node: Mosquitto, PostgreSQL, Chromium, CJK fonts.
# Needs root and apt-get for that; otherwise says exactly what to install.
set -euo pipefail

missing=()
command -v mosquitto >/dev/null || [ -x /usr/sbin/mosquitto ] || missing+=(mosquitto)
command -v mosquitto_pub >/dev/null || missing+=(mosquitto-clients)
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing+=(postgresql)
command -v chromium >/dev/null || missing+=(chromium)
[ -n "$(find /usr/share/fonts -name 'NotoSansCJK*' -print -quit 2>/dev/null)" ] || missing+=(fonts-noto-cjk)
# a whole TimescaleDB where a repository with it is set up; else its tests have the one in WebAssembly alone
if [ ! -e /usr/lib/postgresql/15/lib/timescaledb.so ] && apt-cache show timescaledb-2-postgresql-15 >/dev/null 2>&1; then
    missing+=(timescaledb-2-postgresql-15)
fi

if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        export DEBIAN_FRONTEND=noninteractive
        # services started by packages are not wanted: the tests start their own, privately
        apt-get update -qq && RUNLEVEL=1 apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
    else
        echo "The checks need these packages (Debian names). Install them and run again:" >&2
        echo "  apt-get install ${missing[*]}" >&2
        exit 1
    fi
fi
command -v cargo-nextest >/dev/null || cargo install --locked --quiet cargo-nextest
