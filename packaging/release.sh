#!/bin/sh
# Makes everything that a release gives away: dist/release, with SHA256SUMS and NOTES.md.
#
#   packaging/release.sh vVERSION [URL]        URL of the repository, for links in the notes
#
# Needs what cross/build.sh needs, and dpkg-deb. The same source makes the same files.
set -eu
cd "$(dirname "$0")/.."

version=$(packaging/version.sh)
if [ "$1" != "v$version" ]; then
    echo "the tag is $1, but Cargo.toml says $version: they have to agree" >&2
    exit 1
fi
rm -rf dist/release
mkdir -p dist/release
# First, since a missing entry in the changelog would be found last.
packaging/notes.sh "$version" "${2:-}" >dist/release/NOTES.md

rm -f dist/*.deb dist/*.tar.gz dist/*.oci.tar dist/*.cdx.json
cross/build.sh aarch64 armv7 armv6 x86_64
packaging/deb.sh aarch64 armv6 x86_64
packaging/tarball.sh aarch64 armv7 armv6 x86_64
packaging/oci.py aarch64 armv7 armv6 x86_64
packaging/sbom.py aarch64 armv7 armv6 x86_64
mv dist/*.deb dist/*.tar.gz dist/*.oci.tar dist/*.cdx.json dist/release
[ -z "${2:-}" ] || packaging/unraid/template.sh "$2" >dist/release/unraid-scrobbled.xml
cd dist/release
find . -type f ! -name NOTES.md -printf '%f\n' | sort | xargs sha256sum >../SHA256SUMS
mv ../SHA256SUMS .
cat SHA256SUMS
