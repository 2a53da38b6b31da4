#!/bin/sh
# Makes a repository of packages with a key of its own, and has apt use it, in an apt root of its own.
#
#   packaging/apt/test.sh dist/*.deb
#
# Needs apt-ftparchive, gpg and python3. Nothing of this machine's apt is read or changed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d /var/tmp/scrobbled-apt-XXXXXX)
clean_up() {
    [ -z "${server:-}" ] || kill "$server"
    gpgconf --kill all
    rm -rf "$work"
}
trap clean_up EXIT
GNUPGHOME=$work/gnupg
export GNUPGHOME
mkdir -m 700 "$GNUPGHOME"
for name in ours theirs; do
    gpg --batch --quiet --passphrase '' --quick-generate-key "$name@example.org" ed25519 sign never \
        2>/dev/null
done

fail() {
    echo "apt: $*" >&2
    cat "$work/log" >&2
    exit 1
}
# apt in its own root, as a machine of architecture $1.
as_machine() {
    machine=$1
    shift
    root=$work/$machine
    mkdir -p "$root/etc/apt/sources.list.d" "$root/state/lists/partial" "$root/cache/archives/partial"
    touch "$root/status"
    cat >"$root/etc/apt/sources.list.d/scrobbled.sources" <<END
Types: deb
URIs: http://127.0.0.1:$port/
Suites: stable
Components: main
Signed-By: $work/scrobbled.asc
END
    # Read before this machine's own, of which it leaves nothing to be read.
    cat >"$root/apt.conf" <<END
Dir "$root/";
Dir::Etc "$root/etc/apt/";
Dir::State "$root/state/";
Dir::State::status "$root/status";
Dir::Cache "$root/cache/";
Dir::Bin::methods "/usr/lib/apt/methods";
APT::Architecture "$machine";
APT::Architectures "$machine";
APT::Sandbox::User "root";
APT::Update::Error-Mode "any";
Acquire::Languages "none";
END
    (cd "$root" && APT_CONFIG="$root/apt.conf" "$@") >"$work/log" 2>&1
}
expect() { grep -q "$1" "$work/log" || fail "\`$1\` is not said"; }

"$here/repository.sh" "$work/site" ours@example.org "$@" >"$work/log" 2>&1 || fail "no repository"
cp "$work/site/scrobbled.asc" "$work/scrobbled.asc"
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
python3 -m http.server --bind 127.0.0.1 --directory "$work/site" "$port" >"$work/web" 2>&1 &
server=$!
for _ in $(seq 100); do
    ! python3 -c "import socket; socket.create_connection(('127.0.0.1', $port))" 2>/dev/null || break
    sleep 0.1
done

for deb; do
    arch=$(dpkg-deb --field "$deb" Architecture)
    version=$(dpkg-deb --field "$deb" Version)
    as_machine "$arch" apt-get update || fail "$arch: no update"
    as_machine "$arch" apt-get install --simulate scrobbled || fail "$arch: can't be installed"
    expect "^Inst scrobbled ($version "
    as_machine "$arch" apt-get download scrobbled || fail "$arch: can't be downloaded"
    cmp "$deb" "$work/$arch/scrobbled_${version}_$arch.deb" || fail "$arch: it is another file"
done

# A later version takes the place of one that is there, which stays in the repository.
dpkg-deb -R "$deb" "$work/later"
sed -i 's/^Version: .*/Version: 99.0.0/' "$work/later/DEBIAN/control"
dpkg-deb --root-owner-group -b "$work/later" "$work/scrobbled_99.0.0_$arch.deb" >"$work/log"
"$here/repository.sh" "$work/site" ours@example.org "$work/scrobbled_99.0.0_$arch.deb" \
    >"$work/log" 2>&1 || fail "can't be added to"
as_machine "$arch" apt-get update || fail "no update of what was added to"
as_machine "$arch" apt-cache madison scrobbled || fail "no list"
expect " 99.0.0 "
expect " $version "

# What was changed on the way, and what somebody else signed.
cp -R "$work/site/dists" "$work/dists"
sed -i 's/^Description: /&un/' "$work/site/dists/stable/main/binary-$arch/Packages"
gzip -9nkf "$work/site/dists/stable/main/binary-$arch/Packages"
rm -rf "$work/$arch/state/lists"
! as_machine "$arch" apt-get update || fail "a changed list is taken"
expect "Hash Sum mismatch\|unexpected size"
rm -rf "$work/site/dists"
cp -R "$work/dists" "$work/site/dists"
"$here/repository.sh" "$work/site" theirs@example.org "$deb" >"$work/log" 2>&1 || fail "no repository"
! as_machine "$arch" apt-get update || fail "another's signature is taken"
expect "NO_PUBKEY\|not signed"
echo "apt: signed, found, installed by $# kinds of machine, and nothing else is taken"
