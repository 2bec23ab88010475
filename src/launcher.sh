#!/bin/sh
# Runs the program that this file is installed as (dist/taas-agent runs dist/agent.js, dist/taas runs dist/cli.js) with the Node that the
# package pins, whatever Node the machine has and through whatever symbolic link it was called.
self=$(readlink -f "$0")
dist=$(dirname "$self")
node="$dist/../node_modules/.bin/node"
if [ ! -x "$node" ]; then
  echo "$(basename "$self"): the pinned Node is not at $node; run 'npm ci' in $(dirname "$dist")" >&2
  exit 1
fi
case $(basename "$self") in
  taas) program=cli ;;
  *) program=$(basename "$self" | sed 's/^taas-//') ;;
esac
exec "$node" --enable-source-maps "$dist/$program.js" "$@"
