# syntax=docker/dockerfile:1
# Service and command line in one image and one folder. CPU by default; --build-arg ACCELERATOR=cuda takes ONNX Runtime's GPU
# package, on an image with CUDA 13 and cuDNN 9 (see docs/deployment.md).
ARG ACCELERATOR=cpu
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
ARG ACCELERATOR
# The builder's word for the processor: amd64 or arm64.
ARG TARGETARCH=amd64
WORKDIR /source
# CI: packages as the lock files say, or no image.
ENV CI=true DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Restore alone first: this layer lasts until a project file or a lock file changes.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig ./
COPY src/Directory.Build.props src/BannedSymbols.txt src/
COPY src/GeoTagService.Core/GeoTagService.Core.csproj src/GeoTagService.Core/packages*.json src/GeoTagService.Core/
COPY src/GeoTagService.Decoder/GeoTagService.Decoder.csproj src/GeoTagService.Decoder/packages*.json src/GeoTagService.Decoder/
COPY src/GeoTagService.Onnx/GeoTagService.Onnx.csproj src/GeoTagService.Onnx/packages*.json src/GeoTagService.Onnx/
COPY src/GeoTagService.Models/GeoTagService.Models.csproj src/GeoTagService.Models/packages*.json src/GeoTagService.Models/
COPY src/GeoTagService.Training/GeoTagService.Training.csproj src/GeoTagService.Training/packages*.json src/GeoTagService.Training/
COPY src/GeoTagService.Api/GeoTagService.Api.csproj src/GeoTagService.Api/packages*.json src/GeoTagService.Api/
COPY src/GeoTagService.Client/GeoTagService.Client.csproj src/GeoTagService.Client/packages*.json src/GeoTagService.Client/
COPY src/GeoTagService.Cli/GeoTagService.Cli.csproj src/GeoTagService.Cli/packages*.json src/GeoTagService.Cli/
RUN dotnet restore src/GeoTagService.Api -p:Accelerator=${ACCELERATOR} -p:PublishReadyToRun=true \
 && dotnet restore src/GeoTagService.Cli -p:Accelerator=${ACCELERATOR} -p:PublishReadyToRun=true
COPY src/ src/
# ReadyToRun: compiled ahead of time for this processor, which takes most of a second from a start.
RUN runtime="linux-$(echo "${TARGETARCH}" | sed s/amd64/x64/)" \
 && dotnet publish src/GeoTagService.Api --no-restore -c Release -r "$runtime" --self-contained false \
      -p:Accelerator=${ACCELERATOR} -p:PublishReadyToRun=true -o /app \
 && dotnet publish src/GeoTagService.Cli --no-restore -c Release -r "$runtime" --self-contained false \
      -p:Accelerator=${ACCELERATOR} -p:PublishReadyToRun=true -o /app

FROM ${RUNTIME_IMAGE} AS base-cpu

FROM ${CUDA_IMAGE} AS base-cuda
COPY --from=base-cpu /usr/share/dotnet /usr/share/dotnet
RUN ln -s /usr/share/dotnet/dotnet /usr/bin/dotnet
# What the CUDA containers of NVIDIA's runtime ask for: the card's compute, and nvidia-smi.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility

FROM base-${ACCELERATOR} AS runtime
# Bundles are installed here by `geotag models pull`; the service finds the newest valid one by itself.
ENV GEOTAG_MODELS=/models \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_NOLOGO=1
RUN mkdir -p /models && chown "${APP_UID:-1654}" /models
COPY --from=build /app/ /app/
RUN printf '#!/bin/sh\nexec dotnet /app/geotag.dll "$@"\n' > /usr/local/bin/geotag && chmod +x /usr/local/bin/geotag
WORKDIR /app
USER ${APP_UID:-1654}
VOLUME /models
EXPOSE 8080
# The image has no curl; bash speaks enough HTTP for a probe.
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.0\\r\\nHost: localhost\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["dotnet", "/app/GeoTagService.Api.dll"]
