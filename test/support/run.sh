#!/usr/bin/env bash
# Sets the machine up, builds dist/ and runs a TypeScript program of this folder with the pinned Node: run.sh FILE [ARG ...]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
if [ "$*" = test/support/checks.ts ]; then
  bash test/support/setup.sh --all
else
  bash test/support/setup.sh
fi
export PATH="$PWD/node_modules/.bin:$PATH"
exec node "$@"
