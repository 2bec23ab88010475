# The images of this repository:
#   docker build --target server .   taas-server, with taas to drive it
#   docker build --target agent .    taas-agent, for a hypervisor that has its own Open vSwitch
#   docker build --target host .     a hypervisor to try it on: Open vSwitch in userspace, taas-agent, two VMs and a sensor
# docker-compose.yml puts the first and the last together with RabbitMQ.

FROM node:24-bookworm-slim AS build
WORKDIR /opt/taas-agent
COPY .npmrc package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY src src
COPY test/support/build.sh test/support/
RUN npm run build && npm prune --omit=dev --no-audit --no-fund && rm -r dist/.*.tsbuildinfo

# What every image has: the programs, and among their packages the Node that they are tested with.
FROM debian:bookworm-slim AS program
COPY --from=build /opt/taas-agent/package.json /opt/taas-agent/
COPY --from=build /opt/taas-agent/node_modules /opt/taas-agent/node_modules
COPY --from=build /opt/taas-agent/dist /opt/taas-agent/dist
ENV PATH=/opt/taas-agent/dist:$PATH

FROM program AS server
RUN useradd --system --user-group --home-dir /var/lib/taas-server --shell /usr/sbin/nologin taas-server \
  && install -d -o taas-server -g taas-server -m 700 /var/lib/taas-server
USER taas-server
VOLUME /var/lib/taas-server
# Reachable from other containers; who may call is decided by auth.strategy, by default holders of a token only.
ENV TAAS_SERVER_LISTEN=0.0.0.0:9696
EXPOSE 9696
ENTRYPOINT ["taas-server"]

# Needs the host's switch and its name there:
#   docker run --network host -v /run/openvswitch:/run/openvswitch -v taas-agent:/var/lib/taas-agent -e TAAS_AGENT_BUS_URLS=...
FROM program AS agent
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends openvswitch-common \
  && rm -rf /var/lib/apt/lists/* \
  && install -d -m 700 /var/lib/taas-agent
VOLUME /var/lib/taas-agent
ENTRYPOINT ["taas-agent"]

# Needs --cap-add NET_ADMIN (devices and bridges), --cap-add SYS_ADMIN (network namespaces for the VMs; also
# --security-opt apparmor=unconfined, as AppArmor would forbid their mounts) and --device /dev/net/tun (the bridges' own ports).
FROM agent AS host
RUN apt-get update \
  && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends openvswitch-switch iproute2 iputils-ping tcpdump ethtool \
  && rm -rf /var/lib/apt/lists/*
COPY docker/host-entrypoint.sh docker/host-healthy docker/mirrored-ping /usr/local/bin/
ENTRYPOINT ["host-entrypoint.sh"]
