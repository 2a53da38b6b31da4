#!/bin/sh
# Prints what CHANGELOG.md says of a version: the notes of its release.
#
#   packaging/notes.sh VERSION [URL]
#
# With the URL of the repository, links to its files lead to where they are at that version.
set -eu
version=$1
url=${2:-}
changelog=${CHANGELOG:-$(dirname "$0")/../CHANGELOG.md}

fail() {
    echo "CHANGELOG.md $*" >&2
    exit 1
}
heading=$(awk -v version="$version" '$1 == "##" && $2 == version' "$changelog")
case $heading in
    "") fail "says nothing of $version: it has no heading \`## $version (DATE)\`" ;;
    *"(unreleased)"*) fail "calls $version unreleased: put its date there" ;;
esac
notes=$(awk -v version="$version" '
    $1 == "##" { inside = $2 == version; next }
    inside' "$changelog" | sed -e '/./,$!d')
[ -n "$notes" ] || fail "has nothing below the heading of $version"
[ -z "$url" ] || notes=$(printf '%s\n' "$notes" |
    sed -E "s,\]\(([^):#]+(#[^)]*)?)\),](${url}/blob/v$version/\1),g")
printf '%s\n' "$notes"
