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
# The agent shares its host with those who pay for it: there is little room for garbage, what a burst took is given back
# (host/quiet-collector.ts), and no source maps are held.
case $program in
  agent) flags='--max-semi-space-size=1 --expose-gc' ;;
  *) flags=--enable-source-maps ;;
esac
# shellcheck disable=SC2086 # Several words.
exec "$node" $flags "$dist/$program.js" "$@"
