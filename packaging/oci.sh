#!/bin/sh
# Builds a container image from dist/<target>/scrobbled: dist/scrobbled-<version>-<target>.oci.tar.
#
#   packaging/oci.sh [aarch64|armv7|armv6|x86_64]…        (default: aarch64)
#
# Needs buildah. There is nothing in it but the binary (which brings its CA roots) and an empty
# folder for the data, and it does not run as root:
#
#   podman run -p 8787:8787 -v scrobbled:/data IMAGE
#   podman exec CONTAINER /scrobbled login
set -eu
cd "$(dirname "$0")/.."

platform() {
    case $1 in
        aarch64) echo linux/arm64 ;;
        armv7) echo linux/arm/v7 ;;
        armv6) echo linux/arm/v6 ;;
        x86_64) echo linux/amd64 ;;
        *)
            echo "no target \`$1\`: choose aarch64, armv7, armv6 or x86_64" >&2
            exit 2
            ;;
    esac
}

version=$(packaging/version.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# Layers are plain copies in a folder of our own: no kernel support and no daemon needed.
store() {
    buildah --storage-driver vfs --root "$work/root" --runroot "$work/run" "$@"
}

[ $# -gt 0 ] || set -- aarch64
for name; do
    archive=dist/scrobbled-$version-$name.oci.tar
    rm -f "$archive"
    mkdir -p "$work/data"
    container=$(store from --platform "$(platform "$name")" scratch)
    # `from` makes a v7 of every ARM of 32 bits.
    [ "$name" != armv6 ] || store config --variant v6 "$container"
    store copy --chmod 0755 "$container" "dist/$name/scrobbled" /scrobbled >/dev/null
    store copy --chown 65532:65532 "$container" "$work/data" /data >/dev/null
    store config \
        --entrypoint '["/scrobbled"]' --cmd serve --user 65532:65532 --workingdir /data \
        --volume /data --port 8787 --stop-signal SIGTERM \
        --env SCROBBLED_LISTEN=0.0.0.0:8787 --env SCROBBLED_DATA_DIR=/data \
        --label org.opencontainers.image.version="$version" \
        --label org.opencontainers.image.licenses=MIT "$container"
    store commit --rm --quiet "$container" "oci-archive:$archive:scrobbled:$version" >/dev/null
    echo "$archive: $(wc -c <"$archive") bytes"
done
