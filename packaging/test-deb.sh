#!/bin/sh
# Installs, removes and purges a package in a fresh Debian, as root.
#
#   packaging/test-deb.sh dist/scrobbled_<version>_<arch>.deb
#
# Needs debootstrap, and qemu-user-static for a foreign package. The fresh system has systemd's
# programs, but nothing runs in it; the unit is verified there, where binary and manual page are.
set -eu
deb=$1
work=$(mktemp -d /var/tmp/scrobbled-deb-XXXXXX)
trap 'rm -rf "$work"' EXIT
root=$work/root

fail() {
    echo "$deb: $*" >&2
    exit 1
}
inside() { chroot "$root" "$@"; }
files() { (cd "$root" && find etc usr var -xdev ! -path 'var/lib/dpkg/*' ! -path 'var/log/*' | sort); }
expect_mode() {
    seen=$(stat -c %a:%u "$root$1")
    [ "$seen" = "$2" ] || fail "$1 has mode and owner $seen, not $2"
}

debootstrap --variant=minbase --include=systemd bookworm "$root" >"$work/log" 2>&1 ||
    fail "no fresh system: $(tail -n 3 "$work/log")"
files >"$work/before"
cp "$deb" "$root/scrobbled.deb"

inside dpkg --force-architecture -i /scrobbled.deb >"$work/log" 2>&1 || fail "$(cat "$work/log")"
expect_mode /usr/bin/scrobbled 755:0
expect_mode /etc/scrobbled/scrobbled.toml 600:0
grep -q 'not started' "$work/log" || fail "the installation does not say what to do next"
[ ! -e "$root/etc/systemd/system/multi-user.target.wants/scrobbled.service" ] ||
    fail "it is started before it is configured"

case $deb in
    *_arm64.deb) run=qemu-aarch64-static ;;
    *_armhf.deb) run=qemu-arm-static ;;
    *) run= ;;
esac
[ -z "$run" ] || cp "$(command -v "$run")" "$root/"
inside ${run:+"/$run"} /usr/bin/scrobbled --version >/dev/null || fail "the binary does not run"

inside systemd-analyze verify --man=no scrobbled.service || fail "the unit is not right"

echo '# mine' >>"$root/etc/scrobbled/scrobbled.toml"
inside dpkg -r scrobbled >"$work/log" 2>&1 || fail "$(cat "$work/log")"
[ ! -e "$root/usr/bin/scrobbled" ] || fail "the binary is still there"
grep -q '# mine' "$root/etc/scrobbled/scrobbled.toml" || fail "the config went with the binary"
mkdir -p "$root/var/lib/private/scrobbled"
inside dpkg -P scrobbled >"$work/log" 2>&1 || fail "$(cat "$work/log")"
files >"$work/after"
diff "$work/before" "$work/after" >"$work/log" || fail "left behind: $(cat "$work/log")"
echo "$deb: installs, says what to do next, and goes without a trace"
