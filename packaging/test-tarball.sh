#!/bin/sh
# Installs, starts, updates and removes an archive of this machine's kind, as root, in a root of its
# own that is like a NAS: BusyBox, no systemd, nothing else.
#
#   packaging/test-tarball.sh dist/scrobbled-<version>-<target>.tar.gz
#
# Needs busybox-static and python3, and to mount: the start script looks into /proc.
set -eu
archive=$(readlink -f "$1")
cd "$(dirname "$0")/.."
root=$(mktemp -d /var/tmp/scrobbled-nas-XXXXXX)
home=/volume1/scrobbled
boot=/usr/local/etc/rc.d/scrobbled.sh

inside() { chroot "$root" /bin/busybox env -i PATH=/bin "$@"; }
clean_up() {
    [ ! -x "$root$home/scrobbled.sh" ] || inside "$home/scrobbled.sh" stop >/dev/null
    umount "$root/proc"
    rm -rf "$root"
}
trap clean_up EXIT

fail() {
    echo "$archive: $*" >&2
    tail -n 20 "$root$home/scrobbled.log" >&2 2>/dev/null || true
    exit 1
}
expect() {
    case $2 in
        *"$3"*) ;;
        *) fail "$1 says \`$2\`, not \`$3\`" ;;
    esac
}
wait_for() {
    what=$1
    shift
    for _ in $(seq 300); do
        ! "$@" >/dev/null 2>&1 || return 0
        sleep 0.1
    done
    fail "waited 30 s for $what"
}
tool() { inside "$home/scrobbled" --config "$home/scrobbled.toml" "$@" 2>&1; }
# It is not connected to Trakt, and says so.
listens() { inside wget -O - "http://127.0.0.1:$port/healthz" 2>&1 | grep -q 'HTTP/1.1 503'; }
daemon() { tool status | sed -n 's/.*daemon running, pid \([0-9]*\).*/\1/p'; }
is_new() { [ -n "$(daemon)" ] && [ "$(daemon)" != "$1" ] && listens; }

# A NAS.
chmod 755 "$root"
mkdir -p "$root/bin" "$root/proc" "$root/dev" "$root/etc" "$root/tmp" "$root${boot%/*}"
cp "$(command -v busybox)" "$root/bin/busybox"
"$root/bin/busybox" --list | while read -r applet; do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
mknod -m 666 "$root/dev/null" c 1 3
mount --bind /proc "$root/proc"
echo 'root:x:0:0::/:/bin/sh
video:x:1026:100::/:/bin/false' >"$root/etc/passwd"
cp tests/payloads/plex/movie_play.json "$root/tmp/play.json"
tar -xzf "$archive" -C "$root/tmp"
new=/tmp/$(basename "$archive" .tar.gz)
# The program before it: not the same file, as an update sees it.
cp -R "$root$new" "$root/tmp/old"
echo old >>"$root/tmp/old/scrobbled"

! inside /tmp/old/install.sh >/dev/null 2>&1 || fail "it installs where no systemd is"

said=$(inside /tmp/old/install.sh "$home")
expect "the installation" "$said" "$home/scrobbled.sh start"
[ "$(stat -c %a:%u "$root$home/scrobbled.toml")" = 600:0 ] || fail "others can read the config"
[ ! -e "$root$home/scrobbled.pid" ] || fail "it is started before it is configured"
for command in status reload; do
    ! said=$(inside "$boot" "$command" 2>&1) || fail "$command says that it runs"
    expect "$command" "$said" "is not running; start it with $home/scrobbled.sh start"
done

# A number that a power cut left behind, and that is another process's now.
echo $$ >"$root$home/scrobbled.pid"
port=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
config=$(cat "$root$home/scrobbled.toml")
printf '%s\n' "listen = 5" "$config" >"$root$home/scrobbled.toml"
! said=$(inside "$boot" start 2>&1) || fail "it starts with a wrong config"
expect "a start with a wrong config" "$said" "is 5, but takes an IP address"
expect "a start with a wrong config" "$said" "did not start"
! inside "$boot" status >/dev/null 2>&1 || fail "it runs with a wrong config"
printf '%s\n' "listen = \"127.0.0.1:$port\"  # mine" "$config" >"$root$home/scrobbled.toml"
said=$(inside "$boot" start 2>&1)
[ "$said" = "listening on http://127.0.0.1:$port
scrobbled started; its log is $home/scrobbled.log" ] || fail "a start says \`$said\`"
wait_for "the daemon" listens
expect "a second start" "$(inside "$boot" start)" "already running"
inside "$boot" status >/dev/null || fail "it says that it does not run"
expect "a reload" "$(inside "$boot" reload)" "nothing changes"

url=$(tool urls | grep -o "http://127.0.0.1:$port/webhook/plextrakt?[^ ]*" | head -n 1)
said=$(inside wget -q -O - --post-file=/tmp/play.json "$url")
expect "the webhook" "$said" '"outcome":'

killed=$(daemon)
kill -9 "$killed"
wait_for "the daemon to be started anew" is_new "$killed"

said=$(inside "$new/install.sh" "$home")
expect "the update" "$said" "after an update: restart"
cmp -s "$root$home/scrobbled" "$root$new/scrobbled" || fail "the program is still the old one"
grep -q '# mine' "$root$home/scrobbled.toml" || fail "the update took the config"
# Also under a user of the NAS, who then owns the data of before.
inside SCROBBLED_USER=video "$boot" restart >/dev/null
wait_for "the daemon after its update" listens
[ "$(stat -c %u "/proc/$(daemon)")" = 1026 ] || fail "it does not run as SCROBBLED_USER"
[ "$(tool urls | grep -c -F "$url")" -gt 0 ] || fail "the update changed the address"
expect "the status" "$(tool status --json)" "The Salt Road"

said=$(inside "$new/install.sh" --remove "$home")
expect "the removal" "$said" "still in $home"
! listens || fail "it still runs"
left=$(cd "$root$home" && find . -type f | sort)
for gone in ./scrobbled ./scrobbled.sh ./scrobbled.log; do
    ! echo "$left" | grep -qx "$gone" || fail "$gone is still there"
done
[ ! -L "$root$boot" ] || fail "the link for the boot is still there"
expect "what is left" "$left" ./scrobbled-data/scrobbled.db
expect "what is left" "$left" ./scrobbled.toml
echo "$archive: installs, runs, takes a webhook, updates, and goes"
