#!/bin/sh
# Builds static binaries that run on any Linux of their kind: dist/<target>/scrobbled.
#
#   cross/build.sh [aarch64|armv7|armv6|x86_64]…        (default: aarch64 armv7)
#
# Needs zig as C compiler and linker: `pip install -r cross/requirements.txt`.
# The standard library is built with it, small like the rest, where its source can be had: from
# rustup (`rustup component add rust-src`), or Debian's (`apt install rustc-web rust-web-src`), which
# has it for every target. Else rustup's own is taken, with which a binary is larger.
set -eu
cd "$(dirname "$0")/.."

# A static program is loaded where it was linked.
flags="-C target-feature=+crt-static -C relocation-model=static -C force-unwind-tables=no"
# Nothing unwinds: a panic ends the process. Cargo asks for -Oz, of which zig makes -Os; `-Xclang` goes
# past it, and stands last, since a crate puts -O0 there for a file of its own.
export TARGET_CFLAGS="-fno-pic -fno-asynchronous-unwind-tables -fno-unwind-tables \
    -fomit-frame-pointer -Xclang -Oz"
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

# Less than this many bytes: small machines are ARM, and x86-64 has longer instructions.
too_much() {
    case $1 in
        x86_64) echo 6000000 ;;
        *) echo 5000000 ;;
    esac
}

# Whether a compiler has the standard library's source beside it.
has_source() {
    [ -e "$("$1" --print sysroot 2>/dev/null)/lib/rustlib/src/rust/library/std/Cargo.toml" ]
}

# build NAME TARGET: each in a folder of its own, so that two can be built at a time. So are the
# scripts by which cargo calls zig: of two that make them at once, one fails with "File exists".
build() {
    target=$2
    export CARGO_ZIGBUILD_CACHE_DIR="$PWD/target/cross/$1/zigbuild"
    set -- cargo zigbuild --locked --release --bin scrobbled --target "$2" \
        --target-dir "target/cross/$1"
    for compiler in rustc /usr/bin/rustc; do
        if has_source "$compiler"; then
            # The compiler's own library may be built by a stable one too. Startup files are zig's.
            RUSTC=$compiler RUSTC_BOOTSTRAP=1 RUSTFLAGS="$flags -C link-self-contained=no" "$@" \
                -Z build-std=std,panic_abort \
                -Z build-std-features=optimize_for_size
            return
        fi
    done
    rustup target add "$target"
    RUSTFLAGS=$flags "$@"
}

[ $# -gt 0 ] || set -- aarch64 armv7
for name; do
    build "$name" "$(triple "$name")"
    mkdir -p "dist/$name"
    cp "target/cross/$name/$target/release/scrobbled" "dist/$name/scrobbled"
    bytes=$(wc -c <"dist/$name/scrobbled")
    echo "dist/$name/scrobbled: $bytes bytes"
    if [ "$bytes" -ge "$(too_much "$name")" ]; then
        echo "that is too much: it stays under $(too_much "$name") bytes" >&2
        exit 1
    fi
done
