# What a contributor needs, by name: `just` lists it (https://just.systems). Each is one line that works without just, too.

# the commands
default:
    @just --list

# build everything; warnings are errors
build:
    dotnet build

# all tests, or those of one project: just test Core
test project="":
    dotnet test {{ if project == "" { "" } else { "--project tests/GeoTagService." + project + ".Tests" } }}

# what CI runs, on this tree
check:
    .ci/run

# the service on http://localhost:5080
serve *arguments:
    dotnet run --project src/GeoTagService.Api -- {{ arguments }}

# the command line: just geotag tag photo.jpg
geotag *arguments:
    dotnet run --project src/GeoTagService.Cli -- {{ arguments }}

# the real model into the models directory
model:
    dotnet run --project src/GeoTagService.Cli -- models pull

# code as the formatter breaks it, at the line length of .editorconfig
format:
    dotnet tool restore
    dotnet csharpier format .

# lock files of all builds, after a change of packages
lock:
    .ci/lock

# two replicas behind nginx on http://localhost:8080
gateway port="8080":
    deploy/gateway/run-local.sh {{ port }}

# the image, built and tried without a Docker engine (root)
image *options:
    deploy/image/build-offline.sh {{ options }}

# settings and OpenAPI document as the code has them, after a wanted change
snapshots:
    GEOTAG_UPDATE_SNAPSHOTS=1 dotnet test --project tests/GeoTagService.Api.FunctionalTests
