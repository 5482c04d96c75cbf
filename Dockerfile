# syntax=docker/dockerfile:1
# Service and command line in one image and one folder. Targets: cpu (the last one, and so the default) and cuda, with ONNX
# Runtime's GPU package on an image with CUDA 13 and cuDNN 9 (docs/use/deployment.md).
# Without a Docker engine: deploy/image/build-offline.sh.
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0
ARG CUDA_IMAGE=nvidia/cuda:13.0.1-cudnn-runtime-ubuntu24.04
# What programs and label say; the sources come without the tags that versions are read from.
ARG VERSION=0.1.0-alpha.0

FROM mcr.microsoft.com/dotnet/sdk:10.0 AS build
WORKDIR /source
# CI: packages as the lock files say, or no image.
ENV CI=true DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
# Project files alone first: the restore below lasts until one of them or a lock file changes.
COPY global.json Directory.Build.props Directory.Build.targets Directory.Packages.props .editorconfig ./
COPY src/Directory.Build.props src/BannedSymbols.txt src/
COPY bench/Directory.Build.props bench/
COPY src/GeoTagService.Contracts/GeoTagService.Contracts.csproj src/GeoTagService.Contracts/packages*.json src/GeoTagService.Contracts/
COPY src/GeoTagService.Core/GeoTagService.Core.csproj src/GeoTagService.Core/packages*.json src/GeoTagService.Core/
COPY src/GeoTagService.Decoder/GeoTagService.Decoder.csproj src/GeoTagService.Decoder/packages*.json src/GeoTagService.Decoder/
COPY src/GeoTagService.Onnx/GeoTagService.Onnx.csproj src/GeoTagService.Onnx/packages*.json src/GeoTagService.Onnx/
COPY src/GeoTagService.Models/GeoTagService.Models.csproj src/GeoTagService.Models/packages*.json src/GeoTagService.Models/
COPY src/GeoTagService.Training/GeoTagService.Training.csproj src/GeoTagService.Training/packages*.json src/GeoTagService.Training/
COPY src/GeoTagService.Api/GeoTagService.Api.csproj src/GeoTagService.Api/packages*.json src/GeoTagService.Api/
COPY src/GeoTagService.Client/GeoTagService.Client.csproj src/GeoTagService.Client/packages*.json src/GeoTagService.Client/
COPY src/GeoTagService.Bulk/GeoTagService.Bulk.csproj src/GeoTagService.Bulk/packages*.json src/GeoTagService.Bulk/
COPY bench/GeoTagService.Bench/GeoTagService.Bench.csproj bench/GeoTagService.Bench/packages*.json bench/GeoTagService.Bench/
COPY src/GeoTagService.Cli/GeoTagService.Cli.csproj src/GeoTagService.Cli/packages*.json src/GeoTagService.Cli/
COPY deploy/image/publish.sh deploy/image/

FROM build AS publish-cpu
# The builder's word for the processor: amd64 or arm64.
ARG TARGETARCH=amd64
RUN bash deploy/image/publish.sh restore cpu
COPY src/ src/
COPY bench/ bench/
ARG VERSION
ENV MINVERVERSIONOVERRIDE=${VERSION}
RUN bash deploy/image/publish.sh publish cpu "${TARGETARCH}" /app

FROM build AS publish-cuda
ARG TARGETARCH=amd64
RUN bash deploy/image/publish.sh restore cuda
COPY src/ src/
COPY bench/ bench/
ARG VERSION
ENV MINVERVERSIONOVERRIDE=${VERSION}
RUN bash deploy/image/publish.sh publish cuda "${TARGETARCH}" /app

FROM ${RUNTIME_IMAGE} AS dotnet
ENV DOTNET_NOLOGO=1

FROM ${CUDA_IMAGE} AS cuda
COPY --from=dotnet /usr/share/dotnet /usr/share/dotnet
RUN ln -sf /usr/share/dotnet/dotnet /usr/bin/dotnet
# What the CUDA containers of NVIDIA's runtime ask for: the card's compute, and nvidia-smi.
ENV NVIDIA_DRIVER_CAPABILITIES=compute,utility
COPY --from=publish-cuda /app/ /app/
# From here on both targets read alike.
ARG VERSION
ARG REVISION=unknown
LABEL org.opencontainers.image.title="GeoTagService" \
      org.opencontainers.image.description="Tags landscape photographs of Britain and Ireland with the context tags of Geograph" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Bundles are installed in /models by `geotag models pull`; the service finds the newest valid one by itself.
ENV GEOTAG_MODELS=/models \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_NOLOGO=1
COPY --chmod=755 deploy/image/geotag deploy/image/geotag-healthy /usr/local/bin/
RUN mkdir -p /models && chown 1654:1654 /models
WORKDIR /app
USER 1654:1654
VOLUME /models
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["geotag-healthy"]
ENTRYPOINT ["dotnet", "/app/GeoTagService.Api.dll"]

FROM dotnet AS cpu
COPY --from=publish-cpu /app/ /app/
# From here on both targets read alike.
ARG VERSION
ARG REVISION=unknown
LABEL org.opencontainers.image.title="GeoTagService" \
      org.opencontainers.image.description="Tags landscape photographs of Britain and Ireland with the context tags of Geograph" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# Bundles are installed in /models by `geotag models pull`; the service finds the newest valid one by itself.
ENV GEOTAG_MODELS=/models \
    ASPNETCORE_HTTP_PORTS=8080 \
    DOTNET_NOLOGO=1
COPY --chmod=755 deploy/image/geotag deploy/image/geotag-healthy /usr/local/bin/
RUN mkdir -p /models && chown 1654:1654 /models
WORKDIR /app
USER 1654:1654
VOLUME /models
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 CMD ["geotag-healthy"]
ENTRYPOINT ["dotnet", "/app/GeoTagService.Api.dll"]
