#!/bin/sh
# How many webhooks that nobody wants come through the daemon a second, against a bare tiny_http
# loop that only answers?
#
#   benches/throughput.sh [SCROBBLED]
#
# SCROBBLED is what is measured, as it is shipped and started directly: dist/x86_64/scrobbled, or
# without it the release build. Needs wrk. Eight senders, eight alternating rounds of a second each;
# the medians and their ratio are printed: with a connection for each request, as Plex posts, and with
# connections that are kept, where the bare loop has no hand-over at all. Both are scheduled as the
# unit does it. On a machine that is busy otherwise only the ratio says something.
set -eu
cd "$(dirname "$0")/.."
built="$(cargo metadata --format-version 1 --no-deps | sed 's/.*"target_directory":"\([^"]*\)".*/\1/')"
cargo build --quiet --release --example bare_loop
[ $# -gt 0 ] || cargo build --quiet --release --bin scrobbled # without what only tests ask of it
scrobbled="${1:-"$built/release/scrobbled"}"
work="$(mktemp -d)"
trap 'kill $bare $ours 2>/dev/null; rm -r "$work"' EXIT

# An 18 KB multipart as Plex sends it (3 KB of JSON and a picture, here cut), and 1 KB of JSON.
plex=tests/payloads/plex
boundary="$(head -n 1 $plex/movie_play.multipart.bin | tr -d '\r')"
{ head -c 18370 $plex/movie_play.multipart.bin; printf '\r\n%s--\r\n' "$boundary"; } > "$work/multipart"
cp $plex/livetv_play_ignore.json "$work/json"
for body in multipart json; do
    for connection in close keep-alive; do
        cat > "$work/$body.$connection.lua" <<LUA
local file = io.open("$work/$body", "rb")
wrk.method = "POST"
wrk.body = file:read("*all")
wrk.headers["Content-Type"] = "$(test $body = json && echo application/json || echo "multipart/form-data; boundary=${boundary#--}")"
wrk.headers["User-Agent"] = "PlexMediaServer/1.41.8.9834-071366d65"
wrk.headers["Connection"] = "$connection"
LUA
    done
done

# The film is dropped by its user, and live TV is never wanted.
cat > "$work/scrobbled.toml" <<TOML
listen = "127.0.0.1:0"
data_dir = "$work/data"
trakt = { client_id = "id", client_secret = "secret" }
plex = { users = ["somebody else"] }
[[account]]
name = "alice"
plex = ["*"]
TOML
chrt --batch 0 "$built/release/examples/bare_loop" > "$work/bare" & bare=$!
chrt --batch 0 "$scrobbled" serve --config "$work/scrobbled.toml" > "$work/ours" 2> "$work/log" & ours=$!
while ! grep -q http "$work/bare" || ! grep -q http "$work/ours"; do
    kill -0 $ours || { cat "$work/log" >&2; exit 1; }
    sleep 0.1
done
bare_address="$(cat "$work/bare")"
our_address="$("$scrobbled" urls --config "$work/scrobbled.toml" | grep -o 'http.*plextrakt?.*')"

rate() { # rate SCRIPT ADDRESS
    wrk -t1 -c8 -d1s -s "$work/$1.lua" "$2" > "$work/out"
    # wrk counts the end of a connection that it asked to be closed as an error of reading.
    if grep -q "Non-2xx\|connect [1-9]\|write [1-9]\|timeout [1-9]" "$work/out"; then
        cat "$work/out" >&2
        exit 1
    fi
    awk '/^Requests\/sec/ { print $2 }' "$work/out"
}
median() { sort -n "$1" | sed -n '4,5p' | awk '{ sum += $1 } END { print sum / 2 }'; }

for body in multipart json; do
    for connection in close keep-alive; do
        script=$body.$connection
        for _ in 1 2 3 4 5 6 7 8; do
            rate $script "$bare_address" >> "$work/$script.bare"
            rate $script "$our_address" >> "$work/$script.ours"
        done
        echo "$script $(median "$work/$script.bare") $(median "$work/$script.ours")" |
            awk '{ printf "%-21s bare %8.0f/s  filtered %8.0f/s  ratio %.2f\n", $1, $2, $3, $3 / $2 }'
    done
done
