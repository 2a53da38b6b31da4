#!/bin/sh
# Fuzzes every target for SECONDS each (60 unless told), on the stable compiler:
#
#     fuzz/run.sh [SECONDS] [TARGET…]
#
# Needs cargo-fuzz (`cargo install --locked cargo-fuzz`, or fuzz/requirements.txt) and a C++ compiler. The corpus begins with the recorded payloads
# of tests/payloads and the answers of tests/servers; what is found beside them stays in fuzz/corpus. A crash stops the run; its
# input lies in fuzz/artifacts then, and becomes a test beside the code that it broke.
#
# The long run, 10^8 inputs a target: RUNS=100000000 fuzz/run.sh 0
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -eq 0 ] || shift
targets=${*:-head chunked intake body plex jellyfin emby sessions histories guid config stream}

seed() {
    folder=fuzz/corpus/$1
    shift
    mkdir -p "$folder"
    for file in "$@"; do cp "$file" "$folder/$(echo "$file" | tr / _)"; done
}
request() {
    printf 'POST /webhook/plextrakt?TOKEN HTTP/1.1\r\nHost: nas\r\n%s\r\n\r\n' "$1"
}
for source in plex jellyfin emby; do
    seed $source tests/payloads/$source/*.json
    seed body tests/payloads/$source/*
done
seed sessions tests/servers/*/sessions*.json
mkdir -p fuzz/corpus/histories
for kind in plex jellyfin emby; do
    for file in "tests/histories/$kind"_history*.json "tests/histories/$kind"_items*.json; do
        [ -f "$file" ] || continue
        { cat "$file"; printf '\0'; cat "tests/histories/${kind}_activity_log.json" 2> /dev/null || true; } \
            > "fuzz/corpus/histories/$(basename "$file")"
    done
done
mkdir -p fuzz/corpus/head fuzz/corpus/chunked fuzz/corpus/intake fuzz/corpus/guid fuzz/corpus/config \
    fuzz/corpus/stream
request 'Content-Length: 5' > fuzz/corpus/head/length
request 'Transfer-Encoding: chunked' > fuzz/corpus/head/chunked
printf '5;a=b\r\nhello\r\n1\r\n!\r\n0\r\nA: b\r\n\r\n' > fuzz/corpus/chunked/two
{ request 'Content-Length: 5'; printf hello; } > fuzz/corpus/intake/length
{ request 'Transfer-Encoding: chunked'; cat fuzz/corpus/chunked/two; } > fuzz/corpus/intake/chunked
cat > fuzz/corpus/stream/events <<'END'
event: ping
data: {}

: a comment
event: playing
data: {"PlaySessionStateNotification":{"sessionKey":"17","clientIdentifier":"tv","ratingKey":"22170","key":"/library/metadata/22170","viewOffset":19000,"state":"paused"}}

END
printf '%s' '{"MediaContainer":{"size":1,"Metadata":[{"sessionKey":"17","ratingKey":"22170","type":"movie",
"viewOffset":19000,"duration":2611328,"Guid":[{"id":"imdb://tt91000101"}],"User":{"id":"1","title":"mara"},
"Player":{"machineIdentifier":"tv","state":"paused"},"Marker":[{"type":"credits","startTimeOffset":5000}]}]}}' \
    > fuzz/corpus/stream/sessions
number=0
for guid in imdb://tt0111161 tmdb://603 tvdb://81189 'com.plexapp.agents.imdb://tt0111161?lang=en' \
    'com.plexapp.agents.thetvdb://81189/2/7?lang=en' 'plex://episode/5d9c0875e98e47001eb0e3d1' \
    'com.plexapp.agents.hama://tvdb-81189/2/7?lang=en' 'local://1'; do
    number=$((number + 1))
    printf %s "$guid" > fuzz/corpus/guid/$number
done
cat > fuzz/corpus/config/all <<'END'
listen = "127.0.0.1:8787"
[scrobble]
watched_at = 90
[plex]
users = ["ann", "id:1"]
[[account]]
name = "ann"
plex = "*"
END

cargo fuzz build --sanitizer none
for target in $targets; do
    echo "--- $target"
    cargo fuzz run --sanitizer none "$target" -- -max_total_time="$seconds" -runs="${RUNS:--1}" \
        -max_len=20000 -timeout=5 -rss_limit_mb=512 -print_final_stats=1 -verbosity=0
done
