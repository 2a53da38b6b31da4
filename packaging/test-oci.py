#!/usr/bin/env python3
"""Looks into container images: what they say of themselves, and what is in them; and runs this
machine's.

    packaging/test-oci.py dist/scrobbled-<version>[-<target>].oci.tar...

As root. No container engine is needed: what an image's layer holds is started as its config says, in
a root of its own. Then the Dockerfile is compared, which people build images with.
"""

import gzip
import hashlib
import importlib.util
import io
import json
import os
import pathlib
import platform
import re
import shlex
import socket
import subprocess
import sys
import tarfile
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
FILES = {"scrobbled": (0o755, 0), "data": (0o755, 65532)}
PAYLOAD = (ROOT / "tests/payloads/plex/episode_scrobble.json").read_bytes()
spec = importlib.util.spec_from_file_location("oci", ROOT / "packaging/oci.py")
oci = importlib.util.module_from_spec(spec)
spec.loader.exec_module(oci)


class Archive:
    def __init__(self, path):
        with tarfile.open(path) as archive:
            self.files = {one.name: archive.extractfile(one).read() for one in archive}

    def blob(self, reference):
        blob = self.files["blobs/" + reference["digest"].replace(":", "/")]
        assert len(blob) == reference["size"], reference
        assert "sha256:" + hashlib.sha256(blob).hexdigest() == reference["digest"], reference
        return blob

    def images(self):
        """The manifest, config and layer of each image."""
        (top,) = json.loads(self.files["index.json"])["manifests"]
        first = json.loads(self.blob(top))
        references = first["manifests"] if "manifests" in first else [top]
        for reference in references:
            manifest = json.loads(self.blob(reference))
            config = json.loads(self.blob(manifest["config"]))
            (layer,) = manifest["layers"]
            layer = gzip.decompress(self.blob(layer))
            digest = "sha256:" + hashlib.sha256(layer).hexdigest()
            assert config["rootfs"]["diff_ids"] == [digest], config
            yield reference, config, tarfile.open(fileobj=io.BytesIO(layer))


def target_of(config):
    own = {key: config.get(key) for key in ("architecture", "os", "variant")}
    told = {name: {**dict.fromkeys(own), **platform} for name, platform in oci.PLATFORMS.items()}
    return next((name for name, platform in told.items() if platform == own), None)


def wrong_with(path):
    named = re.search(r"-([a-z0-9_]+)\.oci\.tar$", path)
    seen = []
    for reference, config, layer in Archive(path).images():
        target = target_of(config)
        seen.append(target)
        if reference["platform"] != oci.PLATFORMS.get(target):
            yield f"its index says {reference['platform']} of {target}"
        members = {member.name: member for member in layer}
        files = {name: (member.mode, member.uid) for name, member in members.items()}
        if files != FILES:
            yield f"in it are {files}, not {FILES}"
        program = layer.extractfile("scrobbled").read()
        if program != (ROOT / "dist" / target / "scrobbled").read_bytes():
            yield "the program is another one"
        if {**config["config"], "Labels": None} != {**oci.CONFIG, "Labels": None}:
            yield f"it would run with {config['config']}"
        if target == platform.machine():
            yield from wrong_when_it_runs(config["config"], layer)
    if named and seen != [named[1]]:
        yield f"it is for {seen}"


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wrong_when_it_runs(config, layer):
    """Runs it as its user and as another, with what is in it and nothing else."""
    for user in (config["User"], "1000:1000"):
        with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="scrobbled-oci-") as root:
            os.chmod(root, 0o755)
            layer.extractall(root)
            if user != config["User"]:
                # As somebody does who gives a folder of their own.
                os.chown(pathlib.Path(root) / "data", 1000, 1000)
            yield from (f"as {user}: {what}" for what in life(config, root, user))


def life(config, root, user):
    port = free_port()
    environment = dict(entry.split("=", 1) for entry in config["Env"])
    environment["SCROBBLED_LISTEN"] = environment["SCROBBLED_LISTEN"].replace("8787", str(port))

    def enter():
        os.chroot(root)
        os.chdir(config["WorkingDir"])
        owner, group = map(int, user.split(":"))
        os.setgroups([])
        os.setgid(group)
        os.setuid(owner)

    def inside(*command, wait=True):
        start = subprocess.run if wait else subprocess.Popen
        return start(command, env=environment, text=True, stdout=-1, stderr=subprocess.STDOUT,
                     preexec_fn=enter)

    check = config["Healthcheck"]["Test"][1:]
    before = inside(*check)
    if before.returncode != 1:
        yield f"before the start its health is {before.stdout!r}"
    daemon = inside(*config["Entrypoint"], *config["Cmd"], wait=False)
    deadline = time.monotonic() + 20
    health = before
    while not health.stdout.startswith("login:") and time.monotonic() < deadline:
        time.sleep(0.05)
        health = inside(*check)
    if health.returncode != 1 or time.monotonic() > deadline:
        yield f"without a login its health is {health.stdout!r}"
    said = inside(*config["Entrypoint"], "urls").stdout
    path = re.search(r"/webhook/plextrakt\?\S+", said)
    if path:
        request = urllib.request.Request(f"http://127.0.0.1:{port}{path[0]}", data=PAYLOAD)
        with urllib.request.urlopen(request, timeout=20) as answer:
            if json.load(answer)["outcome"] != "queued":
                yield "a webhook is not queued"
    else:
        yield f"`urls` says {said!r}"
    daemon.terminate()
    rest, _ = daemon.communicate(timeout=30)
    if daemon.returncode != 0:
        yield f"it ended with {daemon.returncode}: {rest}"
    kept = {path.name for path in (pathlib.Path(root) / "data").iterdir()}
    if not {"scrobbled.db", "tokens"} <= kept:
        yield f"its data are {kept}"


def dockerfile():
    """What the Dockerfile's last stage sets, as an image's config."""
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    last = text[text.rindex("\nFROM scratch"):]
    lines = [line.split(None, 1) for line in last.splitlines() if line and line[0] not in "# "]

    def of(word):
        return [rest for first, rest in lines if first == word]

    options, test = re.fullmatch(r"((?:--\S+ +)*)CMD +(\[.*\])", of("HEALTHCHECK")[0]).groups()
    spans = {"--interval": "Interval", "--timeout": "Timeout", "--start-period": "StartPeriod"}
    health = {"Test": ["CMD", *json.loads(test)]}
    for option in options.split():
        name, span = option.split("=")
        seconds = int(span[:-1]) * {"s": 1, "m": 60}[span[-1]]
        health[spans[name]] = seconds * oci.SECOND
    return {
        "User": of("USER")[0],
        "ExposedPorts": {f"{port}/tcp": {} for port in of("EXPOSE")},
        "Env": [word for line in of("ENV") for word in shlex.split(line)],
        "Entrypoint": json.loads(of("ENTRYPOINT")[0]),
        "Cmd": json.loads(of("CMD")[0]),
        "Volumes": {path: {} for path in json.loads(of("VOLUME")[0])},
        "WorkingDir": of("WORKDIR")[0],
        "StopSignal": of("STOPSIGNAL")[0],
        "Healthcheck": health,
    }


failures = [f"{path}: {what}" for path in sys.argv[1:] for what in wrong_with(path)]
built = dockerfile()
failures += [f"Dockerfile: {key} is {built.get(key)}, not {value}"
             for key, value in oci.CONFIG.items() if built.get(key) != value]
print("\n".join(failures) or f"{len(sys.argv) - 1} images hold the program and an empty /data, and run")
sys.exit(bool(failures))
