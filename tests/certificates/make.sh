#!/bin/sh
# Makes the certificates of this folder anew. They are valid for a hundred years, but for one that is out
# of date and one that is not valid yet. The keys are of no use anywhere else.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
: > "$folder/index"
cat > "$folder/ca.cnf" << END
[ca]
default_ca = home
[home]
database = $folder/index
new_certs_dir = $folder
unique_subject = no
rand_serial = yes
default_md = sha256
policy = any
[any]
commonName = supplied
END

# certificate FILE NAME YEARS EXTENSIONS SIGNER: signed by itself, or by another one.
certificate() {
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1.key"
    openssl req -new -key "$1.key" -subj "/CN=$2" -out "$folder/request"
    printf '%b\n' "$4" > "$folder/extensions"
    file=$1 from=${3%-*} to=${3#*-} signer=$5
    if [ "$signer" = "$file" ]; then set -- -selfsign; else set -- -cert "$signer.pem"; fi
    openssl ca -batch -config "$folder/ca.cnf" -in "$folder/request" -out "$file.pem" -notext \
        -startdate "${from}0101000000Z" -enddate "${to}0101000000Z" -extfile "$folder/extensions" \
        -keyfile "$signer.key" "$@"
}
ours='subjectAltName=DNS:localhost,IP:127.0.0.1'
signs='basicConstraints=critical,CA:TRUE'
serves='basicConstraints=critical,CA:FALSE'

# An authority at home, and what it has signed: a server's, for another name, with no name but that of
# the old kind, out of date, not valid yet.
certificate authority 'An authority at home' 2020-2120 "$signs" authority
certificate server server 2020-2120 "$serves\n$ours" authority
certificate elsewhere elsewhere 2020-2120 "$serves\nsubjectAltName=DNS:nas.example,IP:192.0.2.7" authority
certificate nameless localhost 2020-2120 "$serves" authority
certificate expired expired 2020-2021 "$serves\n$ours" authority
certificate early early 2110-2120 "$serves\n$ours" authority
# Those that sign themselves: as `openssl req -x509` makes one, which may sign others; one that may not;
# one without a name; one of the first's name with another key.
certificate itself localhost 2020-2120 "$signs\n$ours" itself
certificate leaf localhost 2020-2120 "$serves\n$ours" leaf
certificate unnamed nas 2020-2120 "$serves" unnamed
certificate stranger localhost 2020-2120 "$signs\n$ours" stranger
rm authority.key stranger.key
