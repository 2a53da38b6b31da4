#!/bin/sh
# Builds Debian packages from dist/<target>/scrobbled: dist/scrobbled_<version>_<arch>.deb.
#
#   packaging/deb.sh [aarch64|armv6|x86_64]…        (default: aarch64)
#
# The 32-bit package holds the ARMv6 binary: Raspberry Pi OS calls all its 32-bit machines armhf,
# the first Pi and the Zero too, which can't run ARMv7.
set -eu
cd "$(dirname "$0")/.."

architecture() {
    case $1 in
        aarch64) echo arm64 ;;
        armv6) echo armhf ;;
        x86_64) echo amd64 ;;
        *)
            echo "no package for \`$1\`: choose aarch64, armv6 or x86_64" >&2
            exit 2
            ;;
    esac
}

# The same source makes the same package, whenever it is built.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

version=$(packaging/version.sh)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
packaging/files.sh "$work/files"

[ $# -gt 0 ] || set -- aarch64
for name; do
    arch=$(architecture "$name")
    root=$work/$arch
    put() { install -D -m "$1" "$2" "$root/$3"; }

    put 755 "dist/$name/scrobbled" usr/bin/scrobbled
    put 644 "$work/files/scrobbled.service" usr/lib/systemd/system/scrobbled.service
    put 644 "$work/files/scrobbled.socket" usr/lib/systemd/system/scrobbled.socket
    # It will hold secrets; the service is handed a copy.
    put 600 "$work/files/scrobbled.toml" etc/scrobbled/scrobbled.toml
    put 644 "$work/files/scrobbled.1" usr/share/man/man1/scrobbled.1
    gzip -9n "$root/usr/share/man/man1/scrobbled.1"
    put 644 "$work/files/scrobbled.bash" usr/share/bash-completion/completions/scrobbled
    put 644 "$work/files/scrobbled.zsh" usr/share/zsh/vendor-completions/_scrobbled
    put 644 "$work/files/scrobbled.fish" usr/share/fish/vendor_completions.d/scrobbled.fish
    put 644 "$work/files/LICENSE" usr/share/doc/scrobbled/copyright
    for example in nginx.conf nginx-proxy-manager.conf Caddyfile traefik.yaml; do
        put 644 "$work/files/$example" "usr/share/doc/scrobbled/examples/$example"
    done

    mkdir "$root/DEBIAN"
    for script in postinst prerm postrm; do
        put 755 "packaging/deb/$script" "DEBIAN/$script"
    done
    echo /etc/scrobbled/scrobbled.toml >"$root/DEBIAN/conffiles"
    (cd "$root" && find etc usr -type f -exec md5sum {} +) >"$root/DEBIAN/md5sums"
    size=$(du -sk --exclude=DEBIAN "$root" | cut -f1)
    sed -e "s/@VERSION@/$version/" -e "s/@ARCH@/$arch/" -e "s/@SIZE@/$size/" \
        packaging/deb/control >"$root/DEBIAN/control"

    deb=dist/scrobbled_${version}_$arch.deb
    dpkg-deb --root-owner-group --build "$root" "$deb" >/dev/null
    echo "$deb: $(wc -c <"$deb") bytes"
done
