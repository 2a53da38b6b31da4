#!/usr/bin/env python3
"""Looks into container images: what they say of themselves, and what is in them.

    packaging/test-oci.py dist/scrobbled-<version>-<target>.oci.tar…

No container is run: that needs more than the machines that build have to allow.
"""

import io
import json
import sys
import tarfile

EXPECTED = {
    "Entrypoint": ["/scrobbled"],
    "Cmd": ["serve"],
    "User": "65532:65532",
    "WorkingDir": "/data",
    "Volumes": {"/data": {}},
    "ExposedPorts": {"8787": {}},
    "StopSignal": "SIGTERM",
}
ENVIRONMENT = {"SCROBBLED_LISTEN=0.0.0.0:8787", "SCROBBLED_DATA_DIR=/data"}
FILES = {"scrobbled": (0o755, 0), "data": (0o755, 65532)}


def wrong_with(path):
    with tarfile.open(path) as archive:

        def blob(entry):
            return archive.extractfile("blobs/" + entry["digest"].replace(":", "/")).read()

        index = json.load(archive.extractfile("index.json"))
        manifest = json.loads(blob(index["manifests"][0]))
        image = json.loads(blob(manifest["config"]))
        layers = [tarfile.open(fileobj=io.BytesIO(blob(layer))) for layer in manifest["layers"]]
    config = image["config"]
    for key, expected in EXPECTED.items():
        if config.get(key) != expected:
            yield f"{key} is {config.get(key)}, not {expected}"
    if not ENVIRONMENT <= set(config["Env"]):
        yield f"the environment is {config['Env']}"
    members = {member.name.strip("/"): member for layer in layers for member in layer}
    files = {name: (member.mode & 0o777, member.uid) for name, member in members.items()}
    if files != FILES:
        yield f"in it are {files}, not {FILES}"
    target = path.removesuffix(".oci.tar").rsplit("-", 1)[1]
    with open(f"dist/{target}/scrobbled", "rb") as program:
        if members["scrobbled"].size != len(program.read()):
            yield "the program is another one"
    platform = (image["architecture"], image.get("variant", ""))
    expected = {
        "aarch64": [("arm64", ""), ("arm64", "v8")],
        "armv7": [("arm", "v7")],
        "armv6": [("arm", "v6")],
        "x86_64": [("amd64", "")],
    }[target]
    if platform not in expected:
        yield f"it is for {platform}"


failures = [f"{path}: {what}" for path in sys.argv[1:] for what in wrong_with(path)]
print("\n".join(failures) or f"{len(sys.argv) - 1} images hold the program and an empty /data")
sys.exit(bool(failures))
