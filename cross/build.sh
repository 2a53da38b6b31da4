#!/bin/sh
# Builds static binaries that run on any Linux of their kind: dist/<target>/scrobbled.
#
#   cross/build.sh [aarch64|armv7|armv6|x86_64]…        (default: aarch64 armv7)
#
# Needs zig as C compiler and linker: `pip install -r cross/requirements.txt`.
# The standard library comes from rustup. Where rustup has none for the target (a toolchain from a
# distribution, a machine without the network), it is built from source by Debian's compiler:
# `apt install rustc-web rust-web-src`.
set -eu
cd "$(dirname "$0")/.."

# SQLite without what scrobbled does not use: full text search, R-trees, JSON, dates, extensions.
export LIBSQLITE3_FLAGS="-USQLITE_ENABLE_FTS3 -USQLITE_ENABLE_FTS3_PARENTHESIS \
    -USQLITE_ENABLE_FTS5 -USQLITE_ENABLE_RTREE -USQLITE_ENABLE_DBSTAT_VTAB \
    -USQLITE_ENABLE_STAT4 -USQLITE_ENABLE_COLUMN_METADATA -USQLITE_SOUNDEX \
    -USQLITE_ENABLE_LOAD_EXTENSION -DSQLITE_OMIT_LOAD_EXTENSION -DSQLITE_OMIT_JSON \
    -DSQLITE_OMIT_SHARED_CACHE -DSQLITE_OMIT_UTF16 -DSQLITE_OMIT_DATETIME_FUNCS \
    -DSQLITE_OMIT_TRACE -DSQLITE_OMIT_DEPRECATED -DSQLITE_OMIT_AUTHORIZATION"
# C code neither unwinds nor is unwound: no panic crosses it.
export TARGET_CFLAGS="-fno-asynchronous-unwind-tables -fno-unwind-tables -fomit-frame-pointer"

triple() {
    case $1 in
        aarch64) echo aarch64-unknown-linux-musl ;;     # Pi 3 and later with a 64-bit system, NAS
        armv7) echo armv7-unknown-linux-musleabihf ;;   # Pi 2 and later with a 32-bit system, NAS
        armv6) echo arm-unknown-linux-musleabihf ;;     # Pi 1 and Zero; all 32-bit Raspberry Pi OS
        x86_64) echo x86_64-unknown-linux-musl ;;       # NAS and PC
        *)
            echo "no target \`$1\`: choose aarch64, armv7, armv6 or x86_64" >&2
            exit 2
            ;;
    esac
}

# What a binary may weigh. x86-64's code is larger, and its machines have more room.
most_bytes() {
    case $1 in
        x86_64) echo 5000000 ;;
        *) echo 4000000 ;;
    esac
}

# Whether the toolchain has the target's standard library, or can get it.
has_std() {
    ls "$(rustc --print sysroot)/lib/rustlib/$1"/lib/libstd-*.rlib >/dev/null 2>&1 ||
        rustup target add "$1" >/dev/null 2>&1
}

build() {
    if has_std "$1"; then
        cargo zigbuild --locked --release --target "$1" --target-dir target/cross
    else
        echo "no standard library for $1 from rustup: building it" >&2
        # The two flags: take zig's startup files, not the ones rustup's library would bring, and
        # no shared libc.
        RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
            RUSTFLAGS="-C link-self-contained=no -C target-feature=+crt-static" \
            cargo zigbuild --locked --release --target "$1" --target-dir target/cross \
            -Z build-std=std,panic_unwind
    fi
}

[ $# -gt 0 ] || set -- aarch64 armv7
for name; do
    target=$(triple "$name")
    build "$target"
    mkdir -p "dist/$name"
    cp "target/cross/$target/release/scrobbled" "dist/$name/scrobbled"
    bytes=$(wc -c <"dist/$name/scrobbled")
    echo "dist/$name/scrobbled: $bytes bytes"
    if [ "$bytes" -ge "$(most_bytes "$name")" ]; then
        echo "that is too much: it stays under $(most_bytes "$name") bytes" >&2
        exit 1
    fi
done
