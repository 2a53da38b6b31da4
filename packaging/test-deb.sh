#!/bin/sh
# Installs, updates, removes and purges packages in a fresh Debian, as root.
#
#   packaging/test-deb.sh dist/scrobbled_<version>_<arch>.deb…
#
# Needs debootstrap, and qemu-user-static for a foreign package. The fresh system has systemd's
# programs, but nothing runs in it; the unit is verified there, where binary and manual page are.
set -eu
work=$(mktemp -d /var/tmp/scrobbled-deb-XXXXXX)
trap 'rm -rf "$work"' EXIT
root=$work/root
config=/etc/scrobbled/scrobbled.toml

fail() {
    echo "$deb: $*" >&2
    exit 1
}
inside() { chroot "$root" "$@"; }
dpkg_inside() {
    inside dpkg --force-architecture "$@" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
}
files() { (cd "$root" && find etc usr var -xdev ! -path 'var/lib/dpkg/*' ! -path 'var/log/*' | sort); }
expect_mode() {
    seen=$(stat -c %a:%u "$root$1")
    [ "$seen" = "$2" ] || fail "$1 has mode and owner $seen, not $2"
}
# The same package as it would have been one version before.
older() {
    dpkg-deb -R "$1" "$work/older"
    sed -i 's/^Version: .*/Version: 0.0.1/' "$work/older/DEBIAN/control"
    echo old >>"$work/older/usr/bin/scrobbled"
    dpkg-deb --root-owner-group -b "$work/older" "$2" >/dev/null
    rm -rf "$work/older"
}

try_out() {
    files >"$work/before"
    older "$deb" "$root/older.deb"
    cp "$deb" "$root/scrobbled.deb"

    dpkg_inside -i /older.deb
    grep -q 'not started' "$work/log" || fail "the installation does not say what to do next"
    expect_mode /usr/bin/scrobbled 755:0
    expect_mode "$config" 600:0
    find "$root/etc/systemd" -name 'scrobbled*' | grep -q . &&
        fail "it is started before it is configured"

    echo '# mine' >>"$root$config"
    dpkg_inside -i /scrobbled.deb
    grep -q 'not started' "$work/log" && fail "an update takes itself for an installation"
    grep -q '# mine' "$root$config" || fail "the update took the config"

    case $deb in
        *_arm64.deb) run=qemu-aarch64-static ;;
        *_armhf.deb) run=qemu-arm-static ;;
        *) run= ;;
    esac
    [ -z "$run" ] || cp "$(command -v "$run")" "$root/"
    inside ${run:+"/$run"} /usr/bin/scrobbled --version >/dev/null || fail "the binary does not run"
    code=0
    inside ${run:+"/$run"} /usr/bin/scrobbled serve >"$work/log" 2>&1 || code=$?
    grep -q 'systemctl start scrobbled' "$work/log" || code=wrong
    [ "$code" = 2 ] || fail "by hand it begins a second data folder: $(cat "$work/log")"
    inside systemd-analyze verify --man=no scrobbled.service scrobbled.socket ||
        fail "the units are not right"
    [ -e "$root/usr/share/man/man1/scrobbled.1.gz" ] || fail "there is no manual page"
    for completions in bash-completion/completions/scrobbled zsh/vendor-completions/_scrobbled \
        fish/vendor_completions.d/scrobbled.fish; do
        [ -s "$root/usr/share/$completions" ] || fail "there is no $completions"
    done

    dpkg_inside -r scrobbled
    [ ! -e "$root/usr/bin/scrobbled" ] || fail "the binary is still there"
    grep -q '# mine' "$root$config" || fail "the config went with the binary"
    mkdir -p "$root/var/lib/private/scrobbled"
    dpkg_inside -P scrobbled
    files >"$work/after"
    diff "$work/before" "$work/after" >"$work/log" || fail "left behind: $(cat "$work/log")"
    echo "$deb: installs, says what to do next, updates, and goes without a trace"
}

deb=$1
debootstrap --variant=minbase --include=systemd bookworm "$root" >"$work/log" 2>&1 ||
    fail "no fresh system: $(tail -n 3 "$work/log")"
# A minimal system without manual pages would hide whether ours is there.
rm -f "$root/etc/dpkg/dpkg.cfg.d/"*
for deb; do
    try_out
done
