#!/bin/sh
# Prints the template for Unraid with the addresses of a repository at GitHub filled in.
#
#   packaging/unraid/template.sh https://github.com/OWNER/NAME
set -eu
home=${1%/}
image=$(printf %s "${home#https://github.com/}" | tr '[:upper:]' '[:lower:]')
sed -e "s,@HOME@,$home,g; s,@IMAGE@,ghcr.io/$image,g; /^<!--.*-->$/d" \
    "$(dirname "$0")/scrobbled.xml"
