#!/usr/bin/env bash
# What the image is made of, for one accelerator: service and command line, compiled ahead of time, in one folder.
# usage: publish.sh restore cpu|cuda      publish.sh publish cpu|cuda amd64|arm64 FOLDER
set -euo pipefail
step=$1 accelerator=$2
# ReadyToRun: compiled ahead of time for this processor, which takes most of a second from a start.
options=(-p:Accelerator="$accelerator" -p:PublishReadyToRun=true)
for project in src/GeoTagService.Api src/GeoTagService.Cli; do
  case $step in
    restore) dotnet restore "$project" "${options[@]}" ;;
    publish)
      dotnet publish "$project" --no-restore -c Release -r "linux-${3/amd64/x64}" --self-contained false "${options[@]}" -o "$4"
      ;;
  esac
done
