#!/bin/sh
# Makes a signed Debian repository of packages, or adds them to one: plain files, for any web server.
#
#   packaging/apt/repository.sh FOLDER KEY dist/*.deb
#
# KEY is one of gpg's secret keys, by its address or fingerprint. Needs apt-ftparchive (Debian's
# apt-utils) and gpg. What whoever installs from it types is in docs/machines.md.
set -eu
if [ $# -lt 3 ]; then
    echo "usage: $0 FOLDER KEY PACKAGE.deb…" >&2
    exit 2
fi
folder=$1
key=$2
shift 2

pool=pool/main/s/scrobbled
mkdir -p "$folder/$pool"
cp "$@" "$folder/$pool"
gpg --batch --armor --export "$key" >"$folder/scrobbled.asc"
[ -s "$folder/scrobbled.asc" ] || { echo "gpg has no key \`$key\`" >&2; exit 1; }

cd "$folder"
for arch in amd64 arm64 armhf; do
    index=dists/stable/main/binary-$arch
    mkdir -p "$index"
    apt-ftparchive --arch "$arch" packages "$pool" >"$index/Packages"
    gzip -9nkf "$index/Packages"
done
# Not beside what it lists.
release=$(mktemp)
trap 'rm -f "$release"' EXIT
rm -f dists/stable/Release dists/stable/Release.gpg dists/stable/InRelease
apt-ftparchive \
    -o APT::FTPArchive::Release::Origin=scrobbled \
    -o APT::FTPArchive::Release::Label=scrobbled \
    -o APT::FTPArchive::Release::Suite=stable \
    -o APT::FTPArchive::Release::Codename=stable \
    -o APT::FTPArchive::Release::Components=main \
    -o APT::FTPArchive::Release::Architectures="amd64 arm64 armhf" \
    release dists/stable >"$release"
cp "$release" dists/stable/Release
chmod 644 dists/stable/Release
gpg --batch --yes --local-user "$key" --armor --detach-sign \
    --output dists/stable/Release.gpg dists/stable/Release
gpg --batch --yes --local-user "$key" --clearsign \
    --output dists/stable/InRelease dists/stable/Release
echo "$folder: $(find "$pool" -name '*.deb' | wc -l) packages, signed"
