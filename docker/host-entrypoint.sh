#!/usr/bin/env bash
# A hypervisor in a container: starts Open vSwitch (userspace datapath), plugs two VMs and a sensor into br-int, and runs
# taas-agent, whose settings are environment variables (TAAS_AGENT_...; TAAS_AGENT_BUS_URLS must be set). Ends when one of
# the three programs ends, with exit code 1, or on SIGTERM, with the agent's.
set -euo pipefail

run_dir=/run/openvswitch
schema=/usr/share/openvswitch/vswitch.ovsschema

say() { echo "host: $*" >&2; }
fail() {
  say "$*"
  exit 1
}

# Ends what this script started; the agent first, which would otherwise see the switch go.
clean_up() {
  local pid
  for pid in "${agent:-}" "${vswitchd:-}" "${ovsdb:-}"; do
    if [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; then wait "$pid" || true; fi
  done
}

stop() {
  local code=0
  if [ -n "${agent:-}" ]; then
    kill -TERM "$agent"
    wait "$agent" || code=$?
  fi
  exit "$code"
}

start_switch() {
  [ -c /dev/net/tun ] || fail 'there is no /dev/net/tun: run the container with --device /dev/net/tun'
  # A container that is started again has the files of its former life.
  rm -rf "$run_dir" /run/netns
  mkdir -p "$run_dir"
  ovsdb-tool create "$run_dir/conf.db" "$schema"
  ovsdb-server "$run_dir/conf.db" --remote="punix:$run_dir/db.sock" --pidfile --unixctl="$run_dir/ovsdb-server.ctl" \
    -vconsole:warn -vfatal_signal:err &
  ovsdb=$!
  ovs-vsctl --retry --timeout=30 --no-wait init || fail 'ovsdb-server does not answer'
  # Without --disable-system it would use the kernel's switch, where there is one.
  ovs-vswitchd --disable-system --pidfile --unixctl="$run_dir/ovs-vswitchd.ctl" -vconsole:warn \
    -vfatal_signal:err &
  vswitchd=$!
  ovs-vsctl --timeout=30 add-br br-int -- set Bridge br-int datapath_type=netdev || fail 'br-int cannot be made'
}

# A VM is a network namespace with one end of a veth pair, eth0; the other end is a port of br-int in VLAN 1.
plug_vm() { # NAME PORT-ID MAC [ADDRESS]
  local name=$1 port_id=$2 mac=$3 address=${4:-} device="tap-$1"
  ip netns add "$name" || fail "no network namespace can be made: run the container with --cap-add NET_ADMIN \
--cap-add SYS_ADMIN, and with --security-opt apparmor=unconfined where there is AppArmor"
  ip link add "$device" type veth peer name eth0 address "$mac" netns "$name"
  # Offloads leave checksums undone, which a frame on a real wire never is.
  ethtool -K "$device" tx off >/dev/null
  ip netns exec "$name" ethtool -K eth0 tx off >/dev/null
  # Without IPv6 addresses nothing talks unasked.
  ip link set "$device" addrgenmode none up
  ip -n "$name" link set lo up
  ip -n "$name" link set eth0 addrgenmode none up
  if [ -n "$address" ]; then ip -n "$name" address add "$address" dev eth0; fi
  ovs-vsctl --timeout=30 add-port br-int "$device" tag=1 -- set Interface "$device" \
    external_ids:iface-id="$port_id" external_ids:port-name="$name" external_ids:attached-mac="\"$mac\"" \
    external_ids:iface-status=active
}

trap clean_up EXIT
trap stop TERM INT

start_switch
plug_vm vm1 a0000000-0000-4000-8000-000000000001 fa:16:3e:00:00:01 10.0.0.1/24
plug_vm vm2 a0000000-0000-4000-8000-000000000002 fa:16:3e:00:00:02 10.0.0.2/24
plug_vm sensor a0000000-0000-4000-8000-000000000003 fa:16:3e:00:00:03
say 'vm1 (10.0.0.1), vm2 (10.0.0.2) and sensor are plugged into br-int'

# There is no bridge with tunnels: this host is the only one.
TAAS_AGENT_BRIDGES_TUNNEL=${TAAS_AGENT_BRIDGES_TUNNEL:-null} taas-agent &
agent=$!
echo "$agent" >/run/taas-agent.pid

code=0
wait -n -p ended "$agent" "$vswitchd" "$ovsdb" || code=$?
case $ended in
  "$agent") program='taas-agent' ;;
  "$vswitchd") program='ovs-vswitchd' ;;
  *) program='ovsdb-server' ;;
esac
fail "$program has ended with exit code $code, and the container with it"
