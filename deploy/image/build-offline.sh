#!/usr/bin/env bash
# Builds the image without a Docker engine and without a registry of images, over stand-ins for its base images that are made of
# Debian and of the SDK installed here, and tries it (deploy/image/smoke.sh). For machines that have neither; where there is an
# engine, `docker build .` does it. Needs root, .NET's SDK and Debian's buildah, podman, runc, debootstrap, curl.
# usage: deploy/image/build-offline.sh [--target cpu|cuda] [--work DIR] [--no-smoke]
set -euo pipefail
cd "$(dirname "$0")/../.."
target=cpu work='' smoke=true
while [ $# -gt 0 ]; do
  case $1 in
    --target) target=$2; shift 2 ;;
    --work) work=$2; shift 2 ;;
    --no-smoke) smoke=false; shift ;;
    *) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
  esac
done
case $target in cpu | cuda) ;; *) echo "--target: '$target' is neither cpu nor cuda" >&2; exit 2 ;; esac
[ "$(id -u)" = 0 ] || { echo "containers without an engine need root here" >&2; exit 3; }
for program in dotnet buildah podman runc debootstrap curl; do
  command -v "$program" > /dev/null || { echo "$program is not installed (Debian: apt-get install buildah podman runc debootstrap curl)" >&2; exit 3; }
done
[ -n "$work" ] || { work=$(mktemp -d /tmp/geotag-image.XXXXXX); echo "work: $work (give it with --work to build again sooner)"; }
mkdir -p "$work"
work=$(realpath "$work")
store=(--root "$work/store" --runroot "$work/run" --storage-driver vfs)
buildah() { command buildah "${store[@]}" "$@"; }
# Outside of any user's session: nobody but this script and what it starts sees these containers.
export BUILDAH_ISOLATION=chroot

runtime_name=$(sed -n 's/^ARG RUNTIME_IMAGE=//p' Dockerfile)
cuda_name=$(sed -n 's/^ARG CUDA_IMAGE=//p' Dockerfile)
sdk_name=$(sed -n 's/^FROM \(.*\) AS build$/\1/p' Dockerfile)
have() { buildah images -q "$1" > /dev/null 2>&1; }

if ! have "$sdk_name"; then
  echo "== base images out of Debian and the SDK"
  root=$(dirname "$(dirname "$(dotnet --list-runtimes | sed -n 's/^Microsoft.NETCore.App .*\[\(.*\)\]$/\1/p' | tail -n 1)")")
  root=${root%/shared}
  [ -d "$work/debian" ] || debootstrap --variant=minbase \
    --include=ca-certificates,libssl3,libstdc++6,zlib1g "$(. /etc/os-release && echo "$VERSION_CODENAME")" "$work/debian" > "$work/debootstrap.log"
  runtime=$(buildah from scratch)
  buildah copy -q "$runtime" "$work/debian" / > /dev/null
  for part in dotnet LICENSE.txt ThirdPartyNotices.txt host shared; do
    buildah copy -q "$runtime" "$root/$part" "/usr/share/dotnet/$part" > /dev/null
  done
  # This machine's own trust, so that packages can be restored through whatever stands between it and them.
  buildah copy -q "$runtime" /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt > /dev/null
  buildah run "$runtime" -- ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
  buildah config --env APP_UID=1654 --env ASPNETCORE_HTTP_PORTS=8080 --env DOTNET_RUNNING_IN_CONTAINER=true "$runtime"
  buildah commit -q "$runtime" "$runtime_name" > /dev/null
  # No CUDA in it: the image's layers and its way back to the CPU can be tried, not the card.
  buildah commit -q "$runtime" "docker.io/$cuda_name" > /dev/null
  # The SDK itself would want ICU; the programs need none.
  buildah config --env DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1 --env NUGET_CERT_REVOCATION_MODE="${NUGET_CERT_REVOCATION_MODE:-}" "$runtime"
  buildah copy -q "$runtime" "$root" /usr/share/dotnet > /dev/null
  buildah commit -q --rm "$runtime" "$sdk_name" > /dev/null
fi

echo "== image, target $target"
version=$(.ci/version)
image=geotagservice:local
[ "$target" = cpu ] || image=geotagservice:local-$target
buildah bud --isolation chroot --network host --pull-never --layers=false --format docker --target "$target" \
  --build-arg VERSION="$version" --build-arg REVISION="$(git rev-parse HEAD 2> /dev/null || echo unknown)" \
  -t "$image" . > "$work/build.log" 2>&1 || { tail -n 40 "$work/build.log" >&2; echo "the build failed; all of it: $work/build.log" >&2; exit 1; }
buildah images --format '{{.Name}}:{{.Tag}} {{.Size}}' "$image"

engine="podman ${store[*]} --cgroup-manager cgroupfs --runtime runc"
if $smoke; then
  ENGINE="$engine" deploy/image/smoke.sh "$image"
fi
echo "run it: $engine run --rm --network host --ulimit nofile=4096:4096 --ulimit nproc=4096:4096 --read-only --tmpfs /tmp" \
  "--cap-drop all --security-opt no-new-privileges $image"
