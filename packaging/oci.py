#!/usr/bin/env python3
"""Builds container images from dist/<target>/scrobbled: dist/scrobbled-<version>-<target>.oci.tar.

  packaging/oci.py [aarch64|armv7|armv6|x86_64]...     (default: aarch64)

There is nothing in one but the binary (which brings its CA roots) and an empty folder for the data,
and it does not run as root:

  podman run -p 8787:8787 -v scrobbled:/data IMAGE
  podman exec CONTAINER /scrobbled login

Of several targets there is besides dist/scrobbled-<version>.oci.tar, one image for all of them: that
is what a registry is given (`skopeo copy --all`). An archive is tar and JSON, so that nothing but
Python is needed; the same binary makes the same image, whenever it is built.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
from datetime import datetime, timezone

ROOT = pathlib.Path(__file__).resolve().parent.parent
PLATFORMS = {
    "aarch64": {"architecture": "arm64", "os": "linux"},
    "armv7": {"architecture": "arm", "os": "linux", "variant": "v7"},
    "armv6": {"architecture": "arm", "os": "linux", "variant": "v6"},
    "x86_64": {"architecture": "amd64", "os": "linux"},
}
# Who has no user in the image: nobody's of the machine, either.
USER = 65532
SECOND = 1_000_000_000
# What a container runs with; the Dockerfile says the same.
CONFIG = {
    "User": f"{USER}:{USER}",
    "ExposedPorts": {"8787/tcp": {}},
    "Env": ["SCROBBLED_LISTEN=0.0.0.0:8787", "SCROBBLED_DATA_DIR=/data"],
    "Entrypoint": ["/scrobbled"],
    "Cmd": ["serve"],
    "Volumes": {"/data": {}},
    "WorkingDir": "/data",
    "StopSignal": "SIGTERM",
    # Docker's own addition to the format; who does not know it ignores it.
    "Healthcheck": {
        "Test": ["CMD", "/scrobbled", "check", "--healthz"],
        "Interval": 300 * SECOND,
        "Timeout": 10 * SECOND,
        "StartPeriod": 60 * SECOND,
    },
}
OF_OCI = "application/vnd.oci.image"


def words(*command):
    return subprocess.run(
        command, cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.strip()


def tar(entries):
    """A tar archive of (name, mode, owner, content); without content it is a folder."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, mode, owner, content in entries:
            member = tarfile.TarInfo(name)
            member.mode, member.uid, member.gid, member.mtime = mode, owner, owner, TIME
            if content is None:
                member.type = tarfile.DIRTYPE
                archive.addfile(member)
            else:
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


class Layout:
    """The blobs of an archive, by their digest."""

    def __init__(self):
        self.blobs = {}

    def add(self, kind, content, **more):
        """Takes a blob, and returns what refers to it."""
        if not isinstance(content, bytes):
            content = json.dumps(content, separators=(",", ":"), sort_keys=True).encode()
        digest = hashlib.sha256(content).hexdigest()
        self.blobs[digest] = content
        return {"mediaType": kind, "digest": f"sha256:{digest}", "size": len(content), **more}

    def image(self, platform, program):
        """Adds an image; returns its manifest's reference."""
        layer = tar([("data/", 0o755, USER, None), ("scrobbled", 0o755, 0, program)])
        config = {
            **platform,
            "created": CREATED,
            "config": {**CONFIG, "Labels": LABELS},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
            "history": [{"created": CREATED, "created_by": "packaging/oci.py"}],
        }
        manifest = {
            "schemaVersion": 2,
            "mediaType": f"{OF_OCI}.manifest.v1+json",
            "config": self.add(f"{OF_OCI}.config.v1+json", config),
            "layers": [self.add(f"{OF_OCI}.layer.v1.tar+gzip", gzip.compress(layer, mtime=0))],
            "annotations": LABELS,
        }
        return self.add(manifest["mediaType"], manifest, platform=platform)

    def images(self, manifests):
        """Adds an index of images for several platforms; returns its reference."""
        kind = f"{OF_OCI}.index.v1+json"
        index = {
            "schemaVersion": 2,
            "mediaType": kind,
            "manifests": manifests,
            "annotations": LABELS,
        }
        return self.add(kind, index)

    def write(self, path, top):
        # The first is what podman goes by, the second Docker.
        names = {"org.opencontainers.image.ref.name": f"scrobbled:{VERSION}",
                 "io.containerd.image.name": f"localhost/scrobbled:{VERSION}"}
        index = {"schemaVersion": 2, "manifests": [{**top, "annotations": names}]}
        files = {"index.json": json.dumps(index).encode(),
                 "oci-layout": b'{"imageLayoutVersion":"1.0.0"}'}
        files |= {f"blobs/sha256/{digest}": blob for digest, blob in self.blobs.items()}
        path.write_bytes(tar((name, 0o644, 0, files[name]) for name in sorted(files)))
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size} bytes")


def main():
    names = sys.argv[1:] or ["aarch64"]
    for name in names:
        if name not in PLATFORMS:
            print(f"no target `{name}`: choose {', '.join(PLATFORMS)}", file=sys.stderr)
            sys.exit(2)
    together, manifests = Layout(), []
    for name in names:
        program = (ROOT / "dist" / name / "scrobbled").read_bytes()
        alone = Layout()
        manifest = alone.image(PLATFORMS[name], program)
        alone.write(ROOT / "dist" / f"scrobbled-{VERSION}-{name}.oci.tar", manifest)
        together.blobs |= alone.blobs
        manifests.append(manifest)
    if len(names) > 1:
        together.write(ROOT / "dist" / f"scrobbled-{VERSION}.oci.tar", together.images(manifests))


VERSION = words("packaging/version.sh")
# Dated like the source, not like the build.
TIME = int(os.environ.get("SOURCE_DATE_EPOCH") or words("git", "log", "-1", "--format=%ct"))
CREATED = datetime.fromtimestamp(TIME, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
LABELS = {
    "org.opencontainers.image.title": "scrobbled",
    "org.opencontainers.image.description": "Scrobbles what Plex, Jellyfin and Emby play to Trakt, Simkl and MDBList",
    "org.opencontainers.image.version": VERSION,
    "org.opencontainers.image.licenses": "MIT",
}

if __name__ == "__main__":
    main()
