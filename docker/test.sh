#!/usr/bin/env bash
# Builds the image, runs the example of compose.yaml, and holds the container to what docs/docker.md says of it.
#
# The engine is the one that `docker info` reaches. Where none runs, root gets one for the time of the test (Debian's
# docker.io), which leaves nothing behind: it makes no rules for packets unless those of an earlier engine are still
# there, and its files are in one directory. Where the base image cannot be pulled, docker/stand-in-image makes another.
#
# PIP_INDEX_URL, PIP_TRUSTED_HOST and the proxies of the environment are passed to the build. With CI set, root installs
# missing packages from Debian.
#
# Exit status: 0, all is well; 77, no engine can run here, so nothing was tested; any other, a failure.
set -euo pipefail
cd "$(dirname "$0")"

readonly BASE=python:3.12-slim-bookworm STAND_IN=vpce-emulator-stand-in CANNOT_RUN=77
readonly PATIENCE=120 # seconds; a ready engine or container needs a few
work=$(mktemp -d /var/tmp/vpce-docker-test.XXXXXX)
engine_pid=
export COMPOSE_PROJECT_NAME=vpce-docker-test COMPOSE_FILE=compose.yaml
# The classic builder is enough, and it is the one that needs no plugin.
export DOCKER_BUILDKIT=0 COMPOSE_DOCKER_CLI_BUILD=0

say() { printf '== %s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
cannot_run() { printf 'NOTHING WAS TESTED: %s\n' "$*" >&2; exit "$CANNOT_RUN"; }
compose() { if docker compose version >/dev/null 2>&1; then docker compose "$@"; else docker-compose "$@"; fi; }
seconds_since() { awk -v from="$1" -v to="${2:-$(date +%s.%N)}" 'BEGIN { printf "%.2f s", to - from }'; }

clean_up() {
  local status=$?
  trap - EXIT
  if [ "$status" -ne 0 ] && [ -n "${container:-}" ]; then docker logs --tail 40 "$container" >&2 || true; fi
  if [ -n "${container:-}" ]; then
    docker rm --force "$container" >/dev/null 2>&1 || true
    compose down --volumes --remove-orphans >/dev/null 2>&1 || true
  fi
  if [ -n "$engine_pid" ]; then
    kill "$engine_pid" 2>/dev/null || true
    wait "$engine_pid" 2>/dev/null || true
    umount "$work"/exec/netns/* 2>/dev/null || true # the namespace of builds on the host's network
  fi
  rm -rf "$work"
  exit "$status"
}
trap clean_up EXIT
trap 'exit 130' INT TERM

install_missing() {
  local missing=()
  docker info >/dev/null 2>&1 || { command -v docker && command -v dockerd; } >/dev/null || missing+=(docker.io)
  compose version >/dev/null 2>&1 || missing+=(docker-compose)
  [ "${#missing[@]}" -eq 0 ] && return
  if [ -n "${CI:-}" ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
    say "installing ${missing[*]}"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null && return
  fi
  cannot_run "docker is not complete here; on Debian: apt-get install ${missing[*]}"
}

ensure_engine() {
  if docker info >/dev/null 2>&1; then say "engine: the one that runs"; return; fi
  [ "$(id -u)" -eq 0 ] || cannot_run "no Docker engine answers, and only root can start one"
  say "engine: a new one"
  export DOCKER_HOST="unix://$work/socket"
  # A FORWARD chain that drops is what an engine leaves that made rules: without its own, no container reaches another.
  local rules=false
  if iptables -S FORWARD 2>/dev/null | grep -q '^-P FORWARD DROP'; then rules=true; fi
  dockerd --host "$DOCKER_HOST" --data-root "$work/data" --exec-root "$work/exec" --pidfile "$work/pid" \
    --bridge none "--iptables=$rules" --ip6tables=false --ip-forward=false >"$work/log" 2>&1 &
  engine_pid=$!
  local deadline=$((SECONDS + PATIENCE))
  until docker info >/dev/null 2>&1; do
    if ! kill -0 "$engine_pid" 2>/dev/null || [ "$SECONDS" -gt "$deadline" ]; then
      tail -n 20 "$work/log" >&2
      cannot_run "the Docker engine does not start"
    fi
    sleep 0.2
  done
  # An engine without a bridge has no way out for builds but the host's own network.
  printf 'services: {vpce: {build: {network: host}}}\n' >"$work/network.yaml"
  export COMPOSE_FILE="compose.yaml:$work/network.yaml"
}

ensure_base() {
  base=$BASE
  docker image inspect "$BASE" >/dev/null 2>&1 && return
  if docker pull --quiet "$BASE" >/dev/null 2>&1; then return; fi
  base=$STAND_IN
  say "$BASE cannot be pulled; making $STAND_IN"
  if [ -n "${CI:-}" ] && ! command -v debootstrap >/dev/null; then apt-get install -y -qq debootstrap >/dev/null; fi
  docker image inspect "$STAND_IN" >/dev/null 2>&1 || ./stand-in-image "$STAND_IN" || fail "there is no base image to build from"
}

build() {
  local arguments=(--build-arg "BASE=$base") name
  for name in PIP_INDEX_URL PIP_TRUSTED_HOST HTTP_PROXY HTTPS_PROXY NO_PROXY http_proxy https_proxy no_proxy; do
    if [ -n "${!name:-}" ]; then arguments+=(--build-arg "$name=${!name}"); fi
  done
  local started; started=$(date +%s.%N)
  compose build "${arguments[@]}" vpce >"$work/build" 2>&1 || { tail -n 30 "$work/build" >&2; fail "the image does not build"; }
  say "built in $(seconds_since "$started"): $(docker image inspect --format '{{.Size}}' vpce-emulator |
    awk '{ printf "%.0f MB", $1 / 1e6 }'), of which the base is $(docker image inspect --format '{{.Size}}' "$base" |
    awk '{ printf "%.0f MB", $1 / 1e6 }')"
}

wait_until_healthy() { # container
  local container=$1 started; started=$(date +%s.%N)
  local deadline=$((SECONDS + PATIENCE)) health=
  until [ "$health" = healthy ]; do
    [ "$SECONDS" -le "$deadline" ] || fail "the container is $health after $PATIENCE s"
    [ "$(docker inspect --format '{{.State.Running}}' "$container")" = true ] || fail "the container ended"
    sleep 0.1
    health=$(docker inspect --format '{{.State.Health.Status}}' "$container")
  done
  say "healthy after $(seconds_since "$started")"
}

expect() { # what, expected, found
  [ "$2" = "$3" ] || fail "$1: expected $2, found $3"
  say "$1: $3"
}

install_missing
ensure_engine
ensure_base
build

say "as another user, read-only, without capabilities"
container=$(docker run --detach --user 4242:4242 --read-only --tmpfs /tmp --tmpfs /var/lib/vpce-emulator --cap-drop ALL \
  --network none vpce-emulator)
wait_until_healthy "$container"
docker exec "$container" vpce endpoints --json >/dev/null
docker rm --force "$container" >/dev/null

compose up --detach vpce >/dev/null 2>&1 || { compose up --detach vpce; fail "the container does not start"; }
container=$(compose ps --quiet vpce)
wait_until_healthy "$container"
expect "user" 10001 "$(docker exec "$container" id -u)"
expect "process 1" "vpce up" "$(docker exec "$container" python -c '
import pathlib
words = pathlib.Path("/proc/1/cmdline").read_text().split("\0")
print(" ".join([pathlib.Path(words[1]).name, *words[2:]]).strip())')"
docker exec "$container" vpce endpoints

say "the application"
compose run --rm -T app || fail "the application exits with $?"

say "DNS over UDP, from another container"
compose run --rm -T --entrypoint python app - <<'PYTHON' || fail "the resolver of the VPC does not answer as the emulator says"
import json, sys, urllib.request
from dnslib import DNSRecord

def admin(path):
    with urllib.request.urlopen(f"http://vpce:4566/_vpce/{path}") as answer:
        return json.load(answer)

name = "s3.us-east-1.amazonaws.com"
host, port = admin("endpoints")["dns"]["app"].split(":")
answer = DNSRecord.parse(DNSRecord.question(name).send(host, int(port), timeout=5))
found = sorted(str(record.rdata) for record in answer.rr)
print(f"{name}: {', '.join(found)}")
sys.exit(not found or found != sorted(admin(f"resolve?name={name}&at=app")["addresses"]))
PYTHON

started=$(date +%s.%N)
docker stop "$container" >/dev/null
returned=$(date +%s.%N)
ended=$(date --date "$(docker inspect --format '{{.State.FinishedAt}}' "$container")" +%s.%N)
say "ended $(seconds_since "$started" "$ended") after docker stop, which took $(seconds_since "$started" "$returned")"
expect "exit status" 0 "$(docker inspect --format '{{.State.ExitCode}}' "$container")"
say "all is well"
