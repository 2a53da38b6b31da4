#!/bin/sh
# Builds archives for machines without a package manager from dist/<target>/scrobbled:
# dist/scrobbled-<version>-<target>.tar.gz, with install.sh in it.
#
#   packaging/tarball.sh [aarch64|armv7|armv6|x86_64]…        (default: aarch64 armv7)
set -eu
cd "$(dirname "$0")/.."

version=$(packaging/version.sh)
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packaging/files.sh "$work/files"
cp packaging/install.sh packaging/scrobbled.sh "$work/files"

[ $# -gt 0 ] || set -- aarch64 armv7
for name; do
    folder=scrobbled-$version-$name
    cp -R "$work/files" "$work/$folder"
    install -m 755 "dist/$name/scrobbled" "$work/$folder/scrobbled"
    archive=dist/$folder.tar.gz
    # The same source makes the same archive, whenever it is built.
    tar -C "$work" --owner=0 --group=0 --sort=name --mtime="@$time" -cf - "$folder" |
        gzip -9n >"$archive"
    echo "$archive: $(wc -c <"$archive") bytes"
done
