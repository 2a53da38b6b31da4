# The image, for who builds it: `docker build -t scrobbled .`, or by compose.yaml. A release's is made
# by packaging/oci.py instead, from the same binary, and says the same of itself.
#
# For another machine: `docker build --platform linux/arm64 …`. It is compiled for there; nothing is
# emulated. With Docker older than 23: DOCKER_BUILDKIT=1.

FROM --platform=$BUILDPLATFORM rust:1.95-bookworm AS build
# hadolint ignore=DL3008 # any version will do
RUN apt-get update \
    && apt-get install -y --no-install-recommends python3-venv \
    && rm -rf /var/lib/apt/lists/* \
    && rustup component add rust-src
WORKDIR /src
COPY cross/requirements.txt cross/
RUN python3 -m venv /opt/cross \
    && /opt/cross/bin/pip install --no-cache-dir -r cross/requirements.txt
ENV PATH="/opt/cross/bin:$PATH"
COPY . .
ARG TARGETARCH
ARG TARGETVARIANT
RUN case "$TARGETARCH$TARGETVARIANT" in \
        amd64*) name=x86_64 ;; \
        arm64*) name=aarch64 ;; \
        armv7) name=armv7 ;; \
        armv6) name=armv6 ;; \
        *) echo "not for $TARGETARCH$TARGETVARIANT: amd64, arm64, arm/v7 or arm/v6" >&2; exit 1 ;; \
    esac \
    && cross/build.sh "$name" \
    && mkdir -p /image/data \
    && cp "dist/$name/scrobbled" /image/

FROM scratch
COPY --from=build /image/scrobbled /scrobbled
COPY --from=build --chown=65532:65532 /image/data /data
ENV SCROBBLED_LISTEN=0.0.0.0:8787 SCROBBLED_DATA_DIR=/data
USER 65532:65532
WORKDIR /data
VOLUME ["/data"]
EXPOSE 8787
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5m --timeout=10s --start-period=1m \
    CMD ["/scrobbled", "check", "--healthz"]
ENTRYPOINT ["/scrobbled"]
CMD ["serve"]
