#!/bin/sh
# Lays out what every package has, but the binary, in a folder: config, manual page, completions of
# the shells, unit, proxy examples, licence.
#
#   packaging/files.sh FOLDER
#
# The texts come from the program itself: from $SCROBBLED where the built one can't run here, else
# from `cargo run`.
set -eu
cd "$(dirname "$0")/.."

folder=$1
scrobbled=${SCROBBLED:-cargo run --quiet --locked --}

# Dated like the source, not like the build.
time=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

umask 022
mkdir -p "$folder"
rm -f "$folder/scrobbled.toml"
# It is a command and its arguments.
# shellcheck disable=SC2086
$scrobbled init --config "$folder/scrobbled.toml" >/dev/null
# The help, and behind it that of each command in it.
help() {
    # shellcheck disable=SC2086
    $scrobbled --help
    # shellcheck disable=SC2086
    $scrobbled --help | awk '/^Commands:/ { on = 1; next } /^$/ { on = 0 } on { print $1 }' |
        while read -r name; do $scrobbled help "$name" </dev/null; done
}
help | packaging/man.sh "$(packaging/version.sh)" "$(date -u -d "@$time" +%F)" \
    >"$folder/scrobbled.1"
for shell in bash zsh fish; do
    # shellcheck disable=SC2086
    $scrobbled completions "$shell" >"$folder/scrobbled.$shell"
done
cp systemd/scrobbled.service systemd/scrobbled.socket systemd/nginx.conf systemd/Caddyfile \
    systemd/nginx-proxy-manager.conf systemd/traefik.yaml LICENSE "$folder"
