#!/usr/bin/env bash
# Two replicas and the gateway on this machine, without containers: needs nginx (Debian: nginx-light).
# usage: deploy/gateway/run-local.sh [PORT]      default 8080; the replicas take PORT+1 and PORT+2. Ctrl-C stops all.
set -euo pipefail
cd "$(dirname "$0")/../.."
port=${1:-8080}
command -v nginx >/dev/null || { echo "nginx is not installed (Debian: apt-get install nginx-light)" >&2; exit 3; }
run=$(mktemp -d)
chmod 711 "$run"   # nginx started by root works as another user
pids=()
stop() {
  kill "${pids[@]}" 2>/dev/null || true
  # The gateway is gone: a second signal spares the replicas their wait for it.
  sleep 0.3; kill "${pids[@]}" 2>/dev/null || true
  wait 2>/dev/null || true; rm -rf "$run"
}
trap stop EXIT
trap 'exit 0' INT TERM

dotnet publish src/GeoTagService.Api -c Release -o "$run/api" --nologo -v quiet
mkdir -p "$run/geotag"
cp deploy/gateway/proxy.conf "$run/geotag/"
{
  echo 'upstream geotag {'
  echo '    zone geotag 256k;'
  echo '    least_conn;'
  for n in 1 2; do echo "    server 127.0.0.1:$((port + n)) max_fails=3 fail_timeout=1s;"; done
  echo '    keepalive 64;'
  echo '    keepalive_timeout 2s;'
  echo '}'
} > "$run/geotag/upstream.conf"
sed "s/listen 8080;/listen 127.0.0.1:$port;/; s#/tmp/geotag-gateway#$run/gateway#" deploy/gateway/nginx.conf > "$run/nginx.conf"

for n in 1 2; do
  (cd "$run/api" && exec dotnet GeoTagService.Api.dll --urls "http://127.0.0.1:$((port + n))" \
    --GeoTag:Http:ShutdownDelay=00:00:05) & pids+=($!)
done
nginx -p "$run" -c "$run/nginx.conf" -g 'daemon off;' & pids+=($!)
echo "gateway: http://127.0.0.1:$port  replicas: $((port + 1)), $((port + 2))"
# A replica may go (try it: the gateway steps over it); the gateway itself ends the run.
wait "${pids[-1]}"
