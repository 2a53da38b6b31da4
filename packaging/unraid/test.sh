#!/bin/sh
# Holds the template for Unraid against what Unraid reads (template.rng), against the image that it
# starts (packaging/oci.py) and against the settings (docs/settings.md). Needs xmllint.
set -eu
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() { echo "the template for Unraid: $*" >&2; exit 1; }
template=$work/scrobbled.xml
packaging/unraid/template.sh https://github.com/Mara/Scrobbled/ >"$template"
xmllint --noout --relaxng packaging/unraid/template.rng "$template"
! grep '@[A-Z]*@' "$template" || fail "something is not filled in"
value() { xmllint --xpath "string($1)" "$template"; }
expect() {
    [ "$2" = "$3" ] || fail "$1 is \`$2\`, not \`$3\`"
}
expect "the image" "$(value //Repository)" ghcr.io/mara/scrobbled:latest
expect "the project" "$(value //Project)" https://github.com/Mara/Scrobbled
expect "the port of the page" "$(value //WebUI)" 'http://[IP]:[PORT:8787]/'
grep -q '"ExposedPorts": {"8787/tcp"' packaging/oci.py || fail "the image has another port"
grep -q '"Volumes": {"/data"' packaging/oci.py || fail "the image has another folder"
expect "the port" "$(value '//Config[@Type="Port"]/@Target')" 8787
expect "the folder" "$(value '//Config[@Type="Path"]/@Target')" /data
for name in $(xmllint --xpath '//Config[@Type="Variable"]/@Target' "$template" | sed 's/.*="\(.*\)"/\1/'); do
    # SCROBBLED_TRAKT_CLIENT_ID is client_id, of [trakt]; so are Simkl's and MDBList's.
    key=$(echo "${name#SCROBBLED_}" | tr '[:upper:]' '[:lower:]' | sed 's/^trakt_//; s/^simkl_//; s/^mdblist_//')
    grep -q "^| \`$key\` |" docs/settings.md || fail "there is no setting for $name"
done
secret=$(value '//Config[contains(@Target, "SECRET")]/@Mask')
expect "whether the secret is hidden" "$secret" true
echo "the template for Unraid: as expected"
