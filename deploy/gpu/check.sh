#!/usr/bin/env bash
# Checks and measures the CUDA path on a machine with a card, in at most 25 minutes; what it finds goes to OUT/report.md and, in the
# tools' own words, to the files beside it. Every step has a limit of its own, and none ends the others.
# usage: deploy/gpu/check.sh [--bundle DIR] [--weights FILE.safetensors] [--photos DIR] [--out DIR] [--build DIR] [--null-card]
# --bundle: with fp32 and fp16 towers (geotag models pull --precision fp32,fp16); else the miniature, whose figures say nothing.
# --weights: the same weights, for the comparison with PyTorch. PYTHON: a Python with torch, by default python3; on the null card torch runs on the CPU.
# --photos: photos whose labels are compared between card and CPU; else the sample.
# --build: service and command line, published before into one folder with -p:Accelerator=cuda, for machines that cannot restore packages.
# --null-card: on a card that computes nothing (tests/GeoTagService.NullCuda), to try this script; all figures are void. Without --bundle it takes
# one of a few random weights: the miniature's photo tower has convolutions, for which cuDNN plans nothing on a card that is not there.
# Needs .NET's SDK, curl, and on a real card CUDA 13 and cuDNN 9.
set -uo pipefail
cd "$(dirname "$0")/../.."
bundle='' weights='' photos='' out=$PWD/artifacts/gpu-check build='' null=false
while [ $# -gt 0 ]; do
  case $1 in
    --bundle) bundle=$(realpath "$2"); shift 2 ;;
    --weights) weights=$(realpath "$2"); shift 2 ;;
    --photos) photos=$(realpath "$2"); shift 2 ;;
    --out) out=$(realpath -m "$2"); shift 2 ;;
    --build) build=$(realpath "$2"); shift 2 ;;
    --null-card) null=true; shift ;;
    *) sed -n 's/^# usage: /usage: /p' "$0" >&2; exit 2 ;;
  esac
done
mkdir -p "$out"
report=$out/report.md
published=${build:+yes} build=${build:-$PWD/artifacts/gpu-check-build}
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 ASPNETCORE_ENVIRONMENT=Production
[ -z "$bundle" ] || export GeoTag__Bundle=$bundle
# Shorter where only the way is tried.
seconds=8 rounds=5 list=10000 clients=64
if $null; then seconds=4 rounds=1 list=300 clients=8; fi
began=$SECONDS failures=0
pids=()
trap 'kill "${pids[@]}" 2> /dev/null' EXIT

note() { printf '%s\n' "$*" | tee -a "$report"; }
# step NAME LIMIT COMMAND…: runs it with a limit in seconds; what it says goes to a file of that name.
step() {
  local name=$1 limit=$2 start=$SECONDS code=0
  shift 2
  "$@" > "$out/$name.txt" 2>&1 & local step_pid=$!
  ( sleep "$limit"; kill -TERM "$step_pid" 2> /dev/null && echo "limit of $limit s" >> "$out/$name.txt" ) > /dev/null 2>&1 & local watch=$!
  wait "$step_pid" || code=$?
  pkill -P "$watch" 2> /dev/null; kill "$watch" 2> /dev/null; wait "$watch" 2> /dev/null
  if [ "$code" -eq 0 ]; then note "- $name: done in $((SECONDS - start)) s"; else failures=$((failures + 1)); note "- $name: exit code $code after $((SECONDS - start)) s: $(tail -n 1 "$out/$name.txt" | cut -c1-200)"; fi
}
table() { note; note '```'; grep -vE '^(geotag: |$)' "$out/$1.txt" | head -n "${2:-40}" | tee -a "$report"; note '```'; note; }
geotag() { exec dotnet "$build/geotag.dll" "$@"; }

# start PORT [VARIABLE=VALUE…]: a service, ready or not there; its process id is in $service.
start() {
  local port=$1
  shift
  env "$@" dotnet "$build/GeoTagService.Api.dll" --urls "http://127.0.0.1:$port" > "$out/service-$port.log" 2>&1 &
  service=$!
  pids+=("$service")
  for _ in $(seq 300); do
    curl -sf -o /dev/null "http://127.0.0.1:$port/health/ready" && return 0
    kill -0 "$service" 2> /dev/null || return 1
    sleep 0.2
  done
  return 1
}
stop() { kill "$1" 2> /dev/null; wait "$1" 2> /dev/null; }

build_all() {
  dotnet publish src/GeoTagService.Api -c Release -r linux-x64 --self-contained false -p:Accelerator=cuda -o "$build" -v quiet &&
    dotnet publish src/GeoTagService.Cli -c Release -r linux-x64 --self-contained false -p:Accelerator=cuda -o "$build" -v quiet
}
null_card() {
  dotnet run --project tests/GeoTagService.NullCuda -c Release -v quiet -- \
    "$(find "$build" -name libonnxruntime_providers_cuda.so | head -n 1)" "$out/null-card"
}

# A card that has too little memory: cuda does not start and says so with exit code 3; auto answers from the CPU.
out_of_memory() {
  local code=0
  timeout 60 env GeoTag__Onnx__Accelerator=cuda GeoTag__Onnx__CardMemory=1 dotnet "$build/GeoTagService.Api.dll" --urls http://127.0.0.1:18391 || code=$?
  echo "cuda with 1 MiB: exit code $code"
  start 18392 GeoTag__Onnx__Accelerator=auto GeoTag__Onnx__CardMemory=1 || { echo "auto does not start"; return 1; }
  provider=$(curl -sf http://127.0.0.1:18392/metrics | grep -o 'execution_provider="[a-z]*"')
  stop "$service"
  echo "auto with 1 MiB: $provider"
  [ "$code" -eq 3 ] && [ "$provider" = 'execution_provider="cpu"' ]
}

load() { dotnet "$build/geotag.dll" bench load --server "http://127.0.0.1:$1" --mode photo --concurrency "$clients" --seconds "$seconds" --warmup 2; }
rate() { sed -n 's/.*"\(throughput\|perSecond\|answersPerSecond\)": *\([0-9.]*\).*/\2/p' | head -n 1; }
two_processes() {
  local first second one
  start 18393 GeoTag__Onnx__Accelerator=cuda || return 1
  first=$service
  one=$(load 18393 | tee "$out/one.json" | rate)
  start 18394 GeoTag__Onnx__Accelerator=cuda || { stop "$first"; return 1; }
  second=$service
  load 18393 > "$out/two-a.json" & local a=$!
  load 18394 > "$out/two-b.json" & local b=$!
  wait "$a" && wait "$b"
  local code=$?
  stop "$first"; stop "$second"
  echo "one process $one photos a second; two at once $(rate < "$out/two-a.json") and $(rate < "$out/two-b.json")"
  return "$code"
}

overload() {
  start 18395 GeoTag__Onnx__Accelerator=cuda || return 1
  dotnet "$build/geotag.dll" bench service --server http://127.0.0.1:18395 --mode photo --closed "$clients" --open 90 1000 \
    --seconds "$seconds" --warmup "$((seconds > 4 ? 12 : 2))" --json "$out/overload.json"
  local code=$?
  stop "$service"
  return "$code"
}

# Photos of the same pixels and different bytes, so that every one is decoded and none answered by a cache.
archive() {
  local folder=$out/archive
  rm -rf "$folder" && mkdir -p "$folder"
  python3 - samples/canal-lock.jpg "$folder" "$list" << 'PYTHON' || return 1
import sys
photo, folder, count = open(sys.argv[1], "rb").read(), sys.argv[2], int(sys.argv[3])
with open(f"{folder}/list.csv", "w") as rows:
    rows.write("id,image\n")
    for i in range(count):
        with open(f"{folder}/{i}.jpg", "wb") as file:
            file.write(photo[:2] + b"\xff\xfe\x00\x0a" + b"%08d" % i + photo[2:])
        rows.write(f"{i},{i}.jpg\n")
PYTHON
  local start code=0
  start=$(date +%s%N)
  GeoTag__Onnx__Accelerator=cuda dotnet "$build/geotag.dll" tag --input "$folder/list.csv" --output "$folder/tags.csv" || code=$?
  awk -v n="$list" -v t="$((($(date +%s%N) - start) / 1000000))" 'BEGIN { printf "%d photos in %.1f s, start included: %.0f a second\n", n, t / 1000, n * 1000 / t }'
  local lines=$(($(wc -l < "$folder/tags.csv") - 1))
  rm -rf "$folder"
  [ "$code" -eq 0 ] && [ "$lines" -eq "$list" ]
}

: > "$report"
note "# The CUDA path, $(date -u +%Y-%m-%d)"
note
if $null; then note '**On the null card, which computes nothing: every figure here is void.**'; else note "$(nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader 2>&1 | head -n 1)"; fi
note "$(nproc) cores, $(uname -r); bundle ${bundle:-miniature}"
note
[ -n "$published" ] || step build 900 build_all
if $null; then
  step null-card 120 null_card
  if [ -z "$bundle" ]; then
    bundle=$out/tiny
    rm -rf "$bundle"
    step tiny-bundle 300 dotnet run -c Release --project bench/GeoTagService.Benchmarks -v quiet -- tiny-bundle "$bundle"
    export GeoTag__Bundle=$bundle
  fi
  # The null card makes an answer up for each photo and title, and must know how long one is.
  dimension=$(sed -n 's/.*"embeddingDimension": *\([0-9]*\).*/\1/p' "$bundle/bundle.json" | head -n 1)
  export LD_LIBRARY_PATH=$out/null-card${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} NULL_CUDA_EMBEDDING_BYTES=$((4 * dimension))
fi
began=$SECONDS
sample=${photos:-$PWD/samples}
export GeoTag__Onnx__Accelerator=cuda GeoTag__Onnx__TensorFloat32=false

note
note "## Parity: fp32 with TF32 off to 1e-4, fp16 to 1e-2, label sets"
step parity 150 geotag models verify --photos "$sample" --against-cpu
table parity
# The last column: the largest difference of an embedding, relative to its length.
if awk '/^fp32 on cuda/ { n++; bad += $NF + 0 > 1e-4 } /^fp16 on cuda/ { n++; bad += $NF + 0 > 1e-2 } END { exit !n || bad }' "$out/parity.txt"; then
  note "- parity holds"
else
  failures=$((failures + 1))
  note "- parity does NOT hold"
fi
note "## Batch curve of the bare encoders"
step encoder 180 geotag bench encoder --rounds "$rounds" --json "$out/encoder.json"
table encoder
note "## Decoding: photos a second on one core and on more"
step decode 90 geotag bench decode --rounds "$rounds" --json "$out/decode.json"
table decode
note "## Service at saturation ÷ bare loop, and a lone request"
step overhead 240 geotag bench overhead --service "$build/GeoTagService.Api.dll" --mode photo --clients "$((2 * clients))" --rounds "$rounds" --seconds "$seconds" --json "$out/overhead.json"
table overhead
note "## Ten times too much"
step overload 150 overload
table overload
note "## Too little memory on the card"
step out-of-memory 150 out_of_memory
note "## Two processes on one card"
step two-processes 150 two_processes
table two-processes 5
note "## A list of $list photos, end to end"
step archive 200 archive
table archive 5
note "## PyTorch beside it: the same weights, fp16, compiled, batch 64"
python=${PYTHON:-python3}
if $null && [ -n "$weights" ] && "$python" -c 'import torch' 2> /dev/null; then
  step pytorch 180 "$python" deploy/gpu/pytorch_rate.py "$weights" --device cpu --batches 1,2 --runs 1
  table pytorch 10
elif [ -n "$weights" ] && "$python" -c 'import sys, torch; sys.exit(not torch.cuda.is_available())' 2> /dev/null; then
  step pytorch 180 "$python" deploy/gpu/pytorch_rate.py "$weights"
  table pytorch 10
else
  note "- not run: it needs --weights and a Python whose torch sees a card"
fi
note
note "$failures checks failed; $((SECONDS - began)) s after the build."
if $null; then exit 0; fi
[ "$failures" -eq 0 ]
