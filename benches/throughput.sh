#!/bin/sh
# How many webhooks a second come through the front door, against a bare tiny_http loop?
#
#   benches/throughput.sh [COMMAND]
#
# COMMAND starts what is measured and prints its webhook's address on its first line; without one
# it is examples/front_loop. Needs wrk. Five alternating runs of three seconds each; the medians
# and their ratio are printed.
set -eu
cd "$(dirname "$0")/.."
cargo build --quiet --release --examples
built="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"
work="$(mktemp -d)"
trap 'kill $bare $ours 2>/dev/null; rm -r "$work"' EXIT

# An 18 KB multipart as Plex sends it (3 KB of JSON and a picture, here cut), and 1 KB of JSON.
plex=tests/payloads/plex
boundary="$(head -n 1 $plex/movie_play.multipart.bin | tr -d '\r')"
{ head -c 18370 $plex/movie_play.multipart.bin; printf '\r\n%s--\r\n' "$boundary"; } > "$work/multipart"
cp $plex/livetv_play_ignore.json "$work/json"
for body in multipart json; do
    cat > "$work/$body.lua" <<LUA
local file = io.open("$work/$body", "rb")
wrk.method = "POST"
wrk.body = file:read("*all")
wrk.headers["Content-Type"] = "$(test $body = json && echo application/json || echo "multipart/form-data; boundary=${boundary#--}")"
wrk.headers["User-Agent"] = "PlexMediaServer/1.41.8.9834-071366d65"
LUA
done

"$built/release/examples/bare_loop" > "$work/bare" & bare=$!
sh -c "exec ${1:-"$built/release/examples/front_loop"}" > "$work/ours" & ours=$!
while ! grep -q http "$work/bare" || ! grep -q http "$work/ours"; do sleep 0.1; done

rate() { # rate BODY ADDRESS
    wrk -t1 -c8 -d3s -s "$work/$1.lua" "$2" > "$work/out"
    if grep -q "Non-2xx\|Socket errors" "$work/out"; then cat "$work/out" >&2; exit 1; fi
    awk '/^Requests\/sec/ { print $2 }' "$work/out"
}
median() { sort -n "$1" | sed -n 3p; }

for body in multipart json; do
    for _ in 1 2 3 4 5; do
        rate $body "$(sed -n 1p "$work/bare")" >> "$work/$body.bare"
        rate $body "$(sed -n 1p "$work/ours")" >> "$work/$body.ours"
    done
    echo "$body $(median "$work/$body.bare") $(median "$work/$body.ours")" |
        awk '{ printf "%-10s bare %8.0f/s  front %8.0f/s  ratio %.2f\n", $1, $2, $3, $3 / $2 }'
done
