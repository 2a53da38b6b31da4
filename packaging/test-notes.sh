#!/bin/sh
# Tries packaging/notes.sh on a changelog of its own, and on ours.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cat >"$work/changelog" <<'END'
# Changelog

## 0.3.0 (unreleased)

- new

## 0.2.0 (2026-12-24)

- one, see [the rules](docs/rules.md#10) and [that](https://example.org/a)
- two
  goes on

## 0.2.0-rc.1 (2026-12-20)

## 0.1.0 (2026-12-01)

The first version.
END
export CHANGELOG="$work/changelog"

expect() {
    [ "$2" = "$3" ] || { printf '%s is:\n%s\nnot:\n%s\n' "$1" "$2" "$3" >&2; exit 1; }
}
expect "one in the middle" "$(packaging/notes.sh 0.2.0 https://example.org/us)" "\
- one, see [the rules](https://example.org/us/blob/v0.2.0/docs/rules.md#10) and [that](https://example.org/a)
- two
  goes on"
expect "the last" "$(packaging/notes.sh 0.1.0)" "The first version."
refused() {
    ! said=$(packaging/notes.sh "$1" 2>&1) || { echo "$1 has notes: $said" >&2; exit 1; }
    expect "the refusal of $1" "$said" "CHANGELOG.md $2"
}
refused 0.3.0 "calls 0.3.0 unreleased: put its date there"
refused 0.2.0-rc.1 "has nothing below the heading of 0.2.0-rc.1"
refused 0.2 "says nothing of 0.2: it has no heading \`## 0.2 (DATE)\`"

# Ours has this version, released or not.
unset CHANGELOG
version=$(packaging/version.sh)
said=$(packaging/notes.sh "$version" 2>&1) || refused "$version" "calls $version unreleased: put its date there"
[ -n "$said" ]
echo "notes: as expected"
