#!/usr/bin/env python3
"""Writes what a binary is made of, as CycloneDX 1.5: dist/scrobbled-<version>-<target>.cdx.json.

  packaging/sbom.py [--check] [aarch64|armv7|armv6|x86_64]...     (default: aarch64 armv7)

Every crate that is built in, with version, licence and the hash that Cargo.lock pins; SQLite, which
a crate brings as C; and who needs whom. The same source makes the same bill. With --check it is
compared with what `cargo tree` tells. (Not cargo-auditable: the list would count against the
binary's limit of bytes.)
"""

import json
import pathlib
import re
import subprocess
import sys
import tomllib

TARGETS = {
    "aarch64": "aarch64-unknown-linux-musl",
    "armv7": "armv7-unknown-linux-musleabihf",
    "armv6": "arm-unknown-linux-musleabihf",
    "x86_64": "x86_64-unknown-linux-musl",
}
ROOT = pathlib.Path(__file__).resolve().parent.parent


def cargo(*words):
    run = subprocess.run(["cargo", *words], cwd=ROOT, check=True, capture_output=True, text=True)
    return run.stdout


def purl(package):
    return f"pkg:cargo/{package['name']}@{package['version']}"


def is_on(package, features, name):
    """Whether a package with these features needs the one of this name. `cargo metadata` also names
    what is optional and only mentioned (`name?/feature`)."""
    declared = [dep for dep in package["dependencies"] if dep["name"] == name and dep["kind"] is None]
    if not all(dep["optional"] for dep in declared):
        return True
    words = {word for feature in features for word in package["features"].get(feature, [])}
    aliases = {dep["rename"] or name for dep in declared}
    return any(alias in features or f"dep:{alias}" in words
               or any(word.startswith(f"{alias}/") for word in words) for alias in aliases)


def built_in(nodes, packages, root):
    """Who needs whom among what ends up in the binary: no build scripts, no development."""
    needs, open_ends = {}, [root]
    while open_ends:
        number = open_ends.pop()
        if number in needs:
            continue
        package, features = packages[number], nodes[number]["features"]
        needs[number] = sorted(
            dep["pkg"] for dep in nodes[number]["deps"]
            if any(kind["kind"] is None for kind in dep["dep_kinds"])
            and is_on(package, features, packages[dep["pkg"]]["name"]))
        open_ends += needs[number]
    return needs


def sqlite(package):
    """The C library that is in the crate."""
    header = pathlib.Path(package["manifest_path"]).parent / "sqlite3" / "sqlite3.h"
    version = re.search(r'#define SQLITE_VERSION\s+"([^"]+)"', header.read_text()).group(1)
    return {
        "type": "library",
        "bom-ref": "sqlite",
        "name": "sqlite",
        "version": version,
        "licenses": [{"license": {"name": "Public Domain"}}],
        "cpe": f"cpe:2.3:a:sqlite:sqlite:{version}:*:*:*:*:*:*:*",
    }


def bill(target):
    words = ("metadata", "--locked", "--format-version", "1", "--filter-platform", target)
    data = json.loads(cargo(*words))
    packages = {package["id"]: package for package in data["packages"]}
    nodes = {node["id"]: node for node in data["resolve"]["nodes"]}
    root = data["resolve"]["root"]
    needs = built_in(nodes, packages, root)
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())["package"]
    hashes = {(entry["name"], entry["version"]): entry.get("checksum") for entry in lock}

    def component(number):
        package = packages[number]
        found = {
            "type": "application" if number == root else "library",
            "bom-ref": purl(package),
            "name": package["name"],
            "version": package["version"],
            "licenses": [{"expression": package["license"].replace("/", " OR ")}],
            "purl": purl(package),
        }
        checksum = hashes.get((package["name"], package["version"]))
        if checksum:
            found["hashes"] = [{"alg": "SHA-256", "content": checksum}]
        return found

    crates = sorted((component(number) for number in needs if number != root),
                    key=lambda found: found["bom-ref"])
    refs = {number: [purl(packages[other]) for other in others] for number, others in needs.items()}
    bundled = next(number for number in needs if packages[number]["name"] == "libsqlite3-sys")
    refs[bundled].append("sqlite")
    depend = [{"ref": purl(packages[number]), "dependsOn": sorted(set(others))}
              for number, others in refs.items()]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {
            "component": component(root),
            "properties": [{"name": "cargo:target", "value": target}],
        },
        "components": crates + [sqlite(packages[bundled])],
        "dependencies": sorted(depend, key=lambda entry: entry["ref"]),
    }


def check(found, target):
    words = ("tree", "--locked", "-p", "scrobbled", "-e", "normal", "--prefix", "none",
             "--target", target)
    lines = {" ".join(line.split()[:2]) for line in cargo(*words).splitlines() if line}
    crates = {f"{one['name']} v{one['version']}" for one in found["components"] if "purl" in one}
    crates.add("scrobbled v" + found["metadata"]["component"]["version"])
    if lines != crates:
        sys.exit(f"the bill and `cargo tree` differ by {sorted(lines ^ crates)}")
    ours = ["standin"]  # of this repository
    bare = [one["name"] for one in found["components"]
            if "purl" in one and "hashes" not in one and one["name"] not in ours]
    if bare:
        sys.exit(f"no hash of {bare}")


def main():
    words = sys.argv[1:]
    only_check = "--check" in words
    names = [word for word in words if word != "--check"] or ["aarch64", "armv7"]
    for name in names:
        if name not in TARGETS:
            sys.exit(f"no target `{name}`: choose {', '.join(TARGETS)}")
        found = bill(TARGETS[name])
        check(found, TARGETS[name])
        version = found["metadata"]["component"]["version"]
        file = ROOT / "dist" / f"scrobbled-{version}-{name}.cdx.json"
        text = json.dumps(found, indent=1) + "\n"
        if only_check:
            if file.read_text() != text:
                sys.exit(f"{file.name} is not what this source is made of")
            continue
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
        print(f"{file.relative_to(ROOT)}: {len(found['components'])} components")


if __name__ == "__main__":
    main()
