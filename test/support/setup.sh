#!/usr/bin/env bash
# Brings a fresh Debian machine to where the demo and the tests can run: Debian's packages, then npm's.
# Does nothing, quickly, where all is there. Starts no service.
# setup.sh [--all]: --all adds what only the whole of the tests needs, OpenStack's own clients and Keystone: some 220 packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

packages=(
  openvswitch-switch rabbitmq-server
  iproute2 iputils-ping tcpdump ethtool procps python3-minimal openssl systemd zsh libfaketime
)
if [ "${1:-}" = --all ]; then
  packages+=(python3-openstackclient python3-neutron-taas)
fi
missing=()
for package in "${packages[@]}"; do
  if [ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
    missing+=("$package")
  fi
done

if [ ${#missing[@]} -gt 0 ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "these Debian packages are missing: ${missing[*]}; install them, or run this as root" >&2
    exit 1
  fi
  echo "installing Debian packages: ${missing[*]}" >&2
  # Tests start their own switches and brokers: the packages' services must not start beside them.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
    trap 'rm -f "$policy"' EXIT
  fi
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if ! { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    rm -f "$log"
    exit 1
  fi
  rm -f "$log"
fi

# npm writes node_modules/.package-lock.json last: older than the lock file means stale or half done.
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
  echo 'installing npm packages' >&2
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
fi
