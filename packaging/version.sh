#!/bin/sh
# Prints the version that Cargo.toml names.
set -eu
cd "$(dirname "$0")/.."
sed -n '/^\[package\]/,/^\[/s/^version = "\(.*\)"/\1/p' Cargo.toml
