#!/usr/bin/env bash
# Tries a built image: ready, a tagged photo, no rights, no writing, a model from the volume, an orderly end.
# usage: [ENGINE="docker"] [PORT=18080] deploy/image/smoke.sh IMAGE
# ENGINE: docker (default), or podman with the options that it needs.
set -euo pipefail
cd "$(dirname "$0")/../.."
image=${1:?usage: deploy/image/smoke.sh IMAGE}
read -ra engine <<< "${ENGINE:-docker}"
port=${PORT:-18080}
name=geotag-smoke-$$
here=http://127.0.0.1:$port
work=$(mktemp -d)
hard=(--network host --read-only --tmpfs /tmp --cap-drop all --security-opt no-new-privileges
  --ulimit nofile=4096:4096 --ulimit nproc=4096:4096)
failed=0

container() { "${engine[@]}" "$@"; }
finish() {
  container rm -f "$name" > /dev/null 2>&1 || true
  container volume rm -f "$name" > /dev/null 2>&1 || true
  rm -rf "$work"
}
trap finish EXIT
say() { printf '%-58s %s\n' "$1" "$2"; }
# holds WHAT COMMAND…: the command succeeds.
holds() {
  local what=$1; shift
  if "$@" > "$work/out" 2>&1; then say "$what" ok; else failed=$((failed + 1)); say "$what" FAILED; head -n 5 "$work/out"; fi
}
refused() { ! "$@"; }
status() { curl -s -o "$work/body" -w '%{http_code}' --max-time 30 "$@"; }
answers() { local want=$1; shift; local got; got=$(status "$@") || true; echo "$got, not $want: $(head -c 300 "$work/body")"; [ "$got" = "$want" ]; }
ready() {
  for _ in $(seq 100); do
    [ "$(status "$here/health/ready" || true)" = 200 ] && return 0
    sleep 0.2
  done
  container logs "$name" 2>&1 | tail -n 5
  return 1
}
# Podman without systemd says on standard error that it cannot run health checks by itself; a start that fails says why.
start() {
  container run -d --name "$name" "${hard[@]}" -e ASPNETCORE_HTTP_PORTS="$port" -e ASPNETCORE_ENVIRONMENT=Production "$@" \
    > /dev/null 2> "$work/start" || { cat "$work/start" >&2; return 1; }
}
tags_photo() { answers 200 -F "image=@$1" "$here/v1/tags" && grep -q '"id":' "$work/body"; }

# Labels and health check, as the image has them.
container image inspect "$image" > "$work/inspect"
for label in title description licenses version revision; do
  holds "label org.opencontainers.image.$label" grep -q "\"org.opencontainers.image.$label\": \"..*\"" "$work/inspect"
done

version=$(sed -n 's/.*"org.opencontainers.image.version": "\([^"]*\)".*/\1/p' "$work/inspect" | head -n 1)
container run --rm "${hard[@]}" --entrypoint geotag "$image" --version > "$work/version"
holds "the command line has the label's version, $version" grep -qxF "$version" "$work/version"

began=$(date +%s%N)
start -e Serilog__MinimumLevel__Default=Debug -e GeoTag__Http__ShutdownDelay=00:00:03 -v "$name:/models" "$image"
holds "ready" ready
say "ready after, containers and all" "$((($(date +%s%N) - began) / 1000000)) ms"
holds "health check on the port that was asked for" container healthcheck run "$name"
holds "a photo is tagged" tags_photo samples/canal-lock.jpg
# 64 x 64 pixels of PNG, which is decoded in the child process.
base64 -d > "$work/dot.png" <<< 'iVBORw0KGgoAAAANSUhEUgAAAEAAAABACAIAAAAlC+aJAAAA3UlEQVR42tXCg3EAAAAEwS/nyolt27jYVsup43c2DFg9DFo9DFk9DFs9jFg9jFo9jFk9jFs9TFg9TFo9TFk9TFs9zFg9zFo9zFk9zFs9LFg9LFo9LFk9LFs9rFg9rFo9rFk9rFs9bFg9bFo9bFk9bFs97Fg97Fo97Fk97Fs9HFg9HFo9HFk9HFs9nFg9nFo9nFk9nFs9aPVwYfVwafVwZfVwbfVwY/Vwa/VwZ/Vwb/XwYPXwaPXwZPXwbPXwYvXwavXwZvXwbvXwYfXwafXwZfXwbfXwY/Xwa/XwZ/V/6KT48d2NDWwAAAAASUVORK5CYII='
holds "a photo for the child process is tagged" tags_photo "$work/dot.png"
container logs "$name" > "$work/log" 2>&1
say "confinement of the child" "$(grep -o '"Confinement":"\?[0-9]' "$work/log" | grep -o '[0-9]$' | head -n 1 || echo '?') of 3"
holds "the child is confined" grep -q '"Confinement":"\?[1-3]' "$work/log"

process=$(container inspect --format '{{.State.Pid}}' "$name")
rights() { grep -E '^(Uid|Gid|CapEff|CapBnd|NoNewPrivs|Seccomp):' "/proc/$process/status" | tr '\t\n' '  '; }
say "the process" "$(rights)"
holds "user 1654" grep -qE '^Uid:\s+1654\s+1654' "/proc/$process/status"
holds "no capability, none to be had" refused grep -qE '^Cap(Eff|Bnd|Prm):\s+0*[1-9a-f]' "/proc/$process/status"
holds "no new rights" grep -qE '^NoNewPrivs:\s+1' "/proc/$process/status"
holds "the root cannot be written" refused container exec "$name" touch /app/written
holds "the volume can, by its user" container exec "$name" touch /models/written
memory=$(awk '/^VmHWM/ { print int($2 / 1024) " MiB" }' "/proc/$process/status")
say "most memory so far" "$memory"

# An orderly end: not ready at once, still answering, then out with 0 and nothing lost.
container kill -s TERM "$name" > /dev/null
not_ready() { for _ in $(seq 20); do [ "$(status "$here/health/ready" || true)" = 503 ] && return 0; sleep 0.05; done; return 1; }
holds "told to stop: not ready" not_ready
holds "told to stop: a photo is answered all the same" tags_photo samples/canal-lock.jpg
ended_with() { local code; code=$(container wait "$name" 2> /dev/null); echo "exit code $code"; [ "$code" = "$1" ]; }
holds "ended with exit code 0" ended_with 0
container rm -f "$name" > /dev/null 2>&1

# A model in the volume is what is served; the command line of the same image checks it.
container run --rm "${hard[@]}" -v "$name:/models" -v "$PWD/src/GeoTagService.Core/Bundles/Miniature:/from:ro" --entrypoint sh "$image" \
  -c 'mkdir /models/from-volume && cp -r /from/. /models/from-volume/' > /dev/null
holds "geotag models verify, in the image" container run --rm "${hard[@]}" -v "$name:/models:ro" --entrypoint geotag "$image" models verify
start -v "$name:/models:ro" "$image"
holds "ready with a model from a volume that is read only" ready
container logs "$name" > "$work/log" 2>&1
holds "the volume's model is served" grep -q '/models/from-volume' "$work/log"
holds "and tags" tags_photo samples/canal-lock.jpg

if [ "$failed" -gt 0 ]; then echo "$failed checks failed"; exit 1; fi
echo "the image holds"
