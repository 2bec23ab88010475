#!/usr/bin/env bash
# Compiles src into dist/ and puts the executables there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
node_modules/.bin/tsc -b src
for program in taas-agent taas-server taas; do
  install -m 755 src/launcher.sh "dist/$program"
done
