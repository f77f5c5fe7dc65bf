#!/bin/sh
# Draws the lock files anew from pyproject.toml: exact versions and hashes, and no registry's name.
set -eu
cd "$(dirname "$0")/.."
uv=${UV:-.venv/bin/uv}
resolve() { "$uv" pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-annotate --no-header \
    --system-certs --no-config "$@"; }
mkdir -p requirements
resolve ${UPGRADE:+--upgrade} pyproject.toml -o requirements/run.lock
resolve ${UPGRADE:+--upgrade} --group tool -o requirements/tool.lock
resolve ${UPGRADE:+--upgrade} --group node -o requirements/node.lock
resolve ${UPGRADE:+--upgrade} --group dev -c requirements/run.lock -o requirements/dev.lock
resolve ${UPGRADE:+--upgrade} --group bench -c requirements/run.lock -c requirements/dev.lock -o requirements/bench.lock
if grep -n '://' requirements/*.lock; then echo "A lock file names an address." >&2; exit 1; fi
