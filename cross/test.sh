#!/bin/sh
# Runs the binaries of cross/build.sh, under the emulator where they are for another processor:
# `--version`, and the demo, in which four viewings go from Plex, Jellyfin and Emby to (stand-ins for)
# Trakt and Simkl; and that it goes on where nobody takes its log.
#
#   cross/test.sh [aarch64|armv7|armv6|x86_64]…        (default: aarch64 armv7)
#
# Needs Debian's qemu-user-static. It measures nothing: the emulator's memory would be counted.
set -eu
cd "$(dirname "$0")/.."

# With the oldest processor of the kind, lest a newer one's instruction slip in.
emulator() {
    case $1 in
        aarch64) echo qemu-aarch64-static -cpu cortex-a53 ;;
        armv7) echo qemu-arm-static -cpu cortex-a7 ;;
        armv6) echo qemu-arm-static -cpu arm1176 ;;
        x86_64) ;;
        *)
            echo "no target \`$1\`: choose aarch64, armv7, armv6 or x86_64" >&2
            exit 2
            ;;
    esac
}

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
config=$folder/scrobbled.toml
printf 'listen = "127.0.0.1:0"\ndata_dir = "data"\nlog = "trace"\n' >"$config"

serve() {
    code=0
    $run "$binary" serve --config "$config" >"$folder/said" || code=$?
    echo $code >"$folder/code"
}
wait_for() {
    for _ in $(seq 300); do
        ! grep -qs "$1" "$2" || return 0
        sleep 0.1
    done
    echo "$name: with a stderr that is $stderr it does not say \`$1\`" >&2
    exit 1
}
# It serves and ends in order, whatever its stderr is. (A release does not survive a panic.)
goes_on() {
    stderr=$1
    rm -f "$folder/said" "$folder/code"
    case $stderr in
        full) serve 2>/dev/full & ;;
        closed) serve 2>&- & ;;
        broken) serve 2>&1 | true & ;;
    esac
    wait_for '^listening on' "$folder/said"
    pid=$($run "$binary" status --config "$config" | sed -n 's/.*daemon running, pid \([0-9]*\).*/\1/p')
    kill "$pid"
    wait_for '^0$' "$folder/code"
}

version="scrobbled $(packaging/version.sh)"
[ $# -gt 0 ] || set -- aarch64 armv7
for name; do
    run=$(emulator "$name")
    binary=dist/$name/scrobbled

    said=$($run "$binary" --version)
    [ "$said" = "$version" ] || { echo "$name: said \`$said\`, not \`$version\`" >&2; exit 1; }
    # Debug symbols or a dynamic linker would be a surprise on a NAS.
    case $(file -b "$binary") in
        *"statically linked, stripped") ;;
        *) echo "$name: $(file -b "$binary")" >&2; exit 1 ;;
    esac
    demo=$($run "$binary" demo)
    plays=$(echo "$demo" | sed -n '/has in the end:/,$p' | grep -c '^ *watched ') || true
    [ "$plays" -eq 8 ] || { echo "$name: the demo came to $plays plays, not 4 at each tracker:
$demo" >&2; exit 1; }
    for stderr in full closed broken; do goes_on $stderr; done
    echo "$name: $said, the demo's plays arrive, and it needs no stderr"
done
