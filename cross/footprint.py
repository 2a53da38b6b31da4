#!/usr/bin/env python3
"""Measures what the daemon costs a small machine.

    cross/footprint.py [--binary FILE] [--events N] [--idle SECONDS] [--trackers] [--check]

FILE is a native static binary (default: dist/x86_64/scrobbled; `cross/build.sh x86_64` builds it),
since an emulator's memory would be counted too. Films are posted as Jellyfin posts them (a start,
progress, a stop) to an account that only rehearses, so that everything but the calls to Trakt is
done. Printed are resident memory, also after all that there is to see was asked for, wake-ups a
second when nothing happens, without and with a watchdog, and bytes written and syncs to disk a
film. Syncs are counted by strace, where there is one, over a hundred films of a second run.

With `--trackers` memory is measured once more with an account that is connected to each tracker, while a
media server of each kind is listened to, on which something plays: the stand-ins of
standin/examples/neighbours.rs.

A film here takes no time; in true life the position is kept once in 5 minutes besides. With
`--check` it ends with 1 where a figure is over what it may be.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path

ROOT = Path(__file__).parent.parent
NEIGHBOURS = ["cargo", "run", "-q", "--locked", "-p", "standin", "--example", "neighbours", "--"]
TRACKERS = ["trakt", "simkl", "mdblist"]
START = json.loads((ROOT / "tests/payloads/jellyfin/movie_playback_start.json").read_text())
EVENTS_A_FILM = 25
FASTER = 10
# What each may be, and how far memory may grow after its first 10,000 events. The aim is 8 MB; of
# what there is more than 3 are the pages of the program itself.
MOST_KB, MOST_GROWTH_KB, MOST_WRITTEN_KB, MOST_SYNCS = 10_240, 512, 64, 20
REHEARSING = """
trakt = { client_id = "id", client_secret = "secret" }
[[account]]
name = "alice"
jellyfin = ["*"]
dry_run = true
"""
# More plays within ten minutes are parked, until somebody says that they are wanted.
NO_FLOOD = 100
failures = []


def tell(what, figure, unit="", most=None):
    print(f"{what}: {figure:.3f}".rstrip("0").rstrip(".") + unit, flush=True)
    if most is not None and figure > most:
        failures.append(f"{what}: {figure}, and may be {most}")


class Daemon:
    def __init__(self, binary, folder, config=REHEARSING, **environment):
        self.binary, self.config = binary, folder / "scrobbled.toml"
        self.config.write_text(f'listen = "127.0.0.1:0"\nlog = "error"\n{config}')
        self.child = subprocess.Popen(
            [binary, "serve", "--config", self.config],
            stdout=subprocess.PIPE,
            text=True,
            env={"PATH": os.environ["PATH"], **environment},
        )
        self.port = int(self.child.stdout.readline().rsplit(":", 1)[1])
        self.path = re.search(r"/webhook/jellyfintrakt\?\S+", self.ask("urls"))[0]
        self.connection = http.client.HTTPConnection("127.0.0.1", self.port)

    def ask(self, *words):
        words = [self.binary, *words, "--config", self.config]
        return subprocess.run(words, capture_output=True, text=True, check=True).stdout

    def status(self):
        return json.loads(self.ask("status", "--json"))

    def proc(self, name):
        return Path(f"/proc/{self.child.pid}/{name}")

    def memory_kb(self):
        return int(re.search(r"VmRSS:\s+(\d+)", self.proc("status").read_text())[1])

    def written(self):
        return int(re.search(r"write_bytes: (\d+)", self.proc("io").read_text())[1])

    def wake_ups(self):
        switches = re.compile(r"^voluntary_ctxt_switches:\s+(\d+)", re.MULTILINE)
        threads = self.proc("task").iterdir()
        return {task: int(switches.search((task / "status").read_text())[1]) for task in threads}

    def wake_ups_a_second(self, seconds):
        time.sleep(2)  # what the last request left to do is done
        before = self.wake_ups()
        time.sleep(seconds)
        # Threads that end meanwhile take their count with them.
        after = self.wake_ups()
        return sum(after[task] - before.get(task, 0) for task in after) / seconds

    def post(self, event):
        headers = {"Content-Type": "application/json"}
        self.connection.request("POST", self.path, json.dumps(event), headers)
        answer = self.connection.getresponse()
        body = answer.read()
        assert answer.status == 200, (answer.status, body)

    def films(self, first, count):
        runtime = START["RunTimeTicks"]
        for number in range(first, first + count):
            film = START | {
                "ItemId": f"{number:032x}",
                "Name": f"Film {number}",
                "Provider_tmdb": str(number),
                "Provider_imdb": f"tt{number:08}",
                "UtcTimestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            }
            last = EVENTS_A_FILM - 1
            for step in range(EVENTS_A_FILM):
                kind = {0: "PlaybackStart", last: "PlaybackStop"}.get(step, "PlaybackProgress")
                position = runtime * 97 // 100 * step // last
                self.post(film | {"NotificationType": kind, "PlaybackPositionTicks": position})

    def stop(self):
        self.child.terminate()
        self.child.wait(30)


@contextmanager
def neighbours(films):
    """The part of a config by which a daemon finds them."""
    beside = subprocess.Popen(
        [*NEIGHBOURS, str(films)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield "".join(iter(beside.stdout.readline, "# that is all\n"))
    finally:
        beside.stdin.close()
        beside.wait(30)


def with_daemon(binary, run, **environment):
    # On the disk: /tmp may be memory, where nothing is ever written.
    with tempfile.TemporaryDirectory(prefix="scrobbled-footprint-", dir="/var/tmp") as path:
        folder = Path(path)
        if "NOTIFY_SOCKET" in environment:
            listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            listener.bind(str(folder / "notify"))
            environment["NOTIFY_SOCKET"] = str(folder / "notify")
        daemon = Daemon(binary, folder, **environment)
        try:
            run(daemon)
        finally:
            daemon.stop()


def memory_and_bytes(daemon):
    tell("memory after start", daemon.memory_kb(), " KB", MOST_KB)
    tell("wake-ups a second when idle", daemon.wake_ups_a_second(arguments.idle), most=0)
    first, done, before = None, 0, daemon.written()
    for events in sorted({10_000, arguments.events}):
        films = events // EVENTS_A_FILM - done
        began = time.monotonic()
        daemon.films(1 + done, films)
        rate = films * EVENTS_A_FILM / (time.monotonic() - began)
        done += films
        memory = daemon.memory_kb()
        first = first or memory
        most = min(MOST_KB, first + MOST_GROWTH_KB)
        tell(f"memory after {events} events", memory, f" KB ({rate:.0f} a second)", most)
    for _ in range(20):
        daemon.ask("status", "--json")
    tell("memory after showing everything", daemon.memory_kb(), " KB", MOST_KB)
    written = (daemon.written() - before) / done / 1024
    tell("written a film", written, " KB", MOST_WRITTEN_KB)


def memory_with_all(daemon):
    for tracker in TRACKERS:
        daemon.ask("login", "alice", "--to", tracker)
    tell("memory with three trackers and three ears", daemon.memory_kb(), " KB", MOST_KB)
    films, most = arguments.events // EVENTS_A_FILM, 0
    for done in range(0, films, NO_FLOOD):
        daemon.films(1 + done, min(NO_FLOOD, films - done))
        while (status := daemon.status())["outbox"] or status["parked"]:
            if status["parked"]:
                daemon.ask("retry", "all")
            most = max(most, daemon.memory_kb())
            time.sleep(1)
    plays = {one["tracker"]: one["waiting"] for one in status["accounts"][0]["trackers"]}
    assert plays.keys() == set(TRACKERS), plays
    tell(f"memory with all of them after {arguments.events} events", daemon.memory_kb(), " KB", MOST_KB)
    for _ in range(20):
        daemon.ask("status", "--json")
    tell("memory with all of them after showing everything", daemon.memory_kb(), " KB", MOST_KB)
    tell("the most that it was seen to have", max(most, daemon.memory_kb()), " KB", MOST_KB)


def watchdog(daemon):
    idle = daemon.wake_ups_a_second(max(30, arguments.idle)) / FASTER
    tell("wake-ups a second when idle, with the unit's watchdog", idle)


def syncs(daemon):
    strace = subprocess.Popen(
        ["strace", "-f", "-e", "trace=fsync,fdatasync", "-p", str(daemon.child.pid)],
        stderr=subprocess.PIPE,
        text=True,
    )
    strace.stderr.readline()  # it is attached
    daemon.films(1, 100)
    time.sleep(2)  # what the last film left to do is done
    strace.send_signal(signal.SIGINT)
    count = len(re.findall(r"sync[(]", strace.communicate()[1]))
    tell("syncs a film", count / 100, most=MOST_SYNCS)


parser = argparse.ArgumentParser(description="see the head of this file")
parser.add_argument("--binary", type=Path, default=ROOT / "dist/x86_64/scrobbled")
parser.add_argument("--events", type=int, default=10_000)
parser.add_argument("--idle", type=int, default=30)
parser.add_argument("--trackers", action="store_true")
parser.add_argument("--check", action="store_true")
arguments = parser.parse_args()
with_daemon(arguments.binary, memory_and_bytes)
if arguments.trackers:
    with neighbours(arguments.events // EVENTS_A_FILM) as beside:
        account = '[[account]]\nname = "alice"\nplex = "*"\njellyfin = "*"\nemby = "*"\n'
        with_daemon(arguments.binary, memory_with_all, config=beside + account)
# Faster than in the unit, whose 5 minutes nobody would wait for.
fast = {"NOTIFY_SOCKET": "here", "WATCHDOG_USEC": str(5 * 60_000_000 // FASTER)}
with_daemon(arguments.binary, watchdog, **fast)
if shutil.which("strace"):
    with_daemon(arguments.binary, syncs)
if arguments.check and failures:
    sys.exit("\n".join(failures))
