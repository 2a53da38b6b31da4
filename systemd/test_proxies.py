#!/usr/bin/env python3
"""Runs the shipped examples of proxies in front of a daemon, and searches every log.

    systemd/test_proxies.py [BINARY]        (default: target/debug/scrobbled)

Needs nginx, caddy, traefik and openssl. Everything is on loopback and in a temporary folder. For each proxy,
with the path kept and with it taken away: webhooks arrive, nothing else does, a client that stops
mid-body and a stopped daemon do no harm, and no log holds the token. Nobody can say through a proxy,
or without one, on whose behalf they ask; a trusted proxy can. A control without our log settings
shows that the search would find the token.
"""

import http.client
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
BINARY = Path(sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "target/debug/scrobbled")
PAYLOAD = (HERE.parent / "tests/payloads/plex/movie_play.json").read_bytes()
# More than one address may try in a minute (20).
WRONG_TOKENS = 30
failures = []


def check(what, seen, expected):
    if seen != expected:
        failures.append(f"{what}: {seen!r}, expected {expected!r}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(what, done):
    deadline = time.monotonic() + 20
    while not done():
        if time.monotonic() > deadline:
            sys.exit(f"waited 20 s for {what}")
        time.sleep(0.02)


def is_listening(port):
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def replaced(text, *pairs):
    """The text with each of these replaced; an example that no longer has them fails."""
    for old, new in pairs:
        if old not in text:
            sys.exit(f"the example has no `{old}` any more: mend this test")
        text = text.replace(old, new)
    return text


class Process:
    """A program with its log, once it listens on its port."""

    running = []

    def __init__(self, folder, name, port, command, **environment):
        self.port = port
        path = folder / f"{name}.stderr.log"
        with open(path, "ab") as log:
            self.child = subprocess.Popen(
                command, stdout=log, stderr=log, env={"PATH": os.environ["PATH"], **environment}
            )
        Process.running.append(self.child)
        wait_for(name, lambda: is_listening(port) or self.child.poll() is not None)
        if self.child.poll() is not None:
            sys.exit(f"{name} does not start: {path.read_text()}")

    def stop(self):
        self.child.terminate()
        self.child.wait(20)
        Process.running.remove(self.child)


def said_listening(log):
    return log.read_text().count("listening on http") if log.exists() else 0


class Daemon:
    def __init__(self, folder, public_url, proxies=("127.0.0.1",)):
        self.port, self.folder = free_port(), folder
        self.config = folder / "scrobbled.toml"
        self.config.write_text(
            f'listen = "127.0.0.1:{self.port}"\npublic_url = "{public_url}"\n'
            f'trusted_proxies = {list(proxies)}\nlog = "trace"\n'
        )
        self.start()
        said = subprocess.run(
            [BINARY, "urls", "--config", self.config], capture_output=True, text=True, check=True
        )
        first = re.search(r"(\S+)/webhook/plextrakt\?(\S+)", said.stdout)
        self.token = first[2]
        check("`urls` begins with", first[1], public_url or f"http://127.0.0.1:{self.port}")

    def start(self):
        command = [BINARY, "serve", "--config", self.config]
        log = self.folder / "scrobbled.stderr.log"
        starts = said_listening(log) + 1
        self.process = Process(self.folder, "scrobbled", self.port, command)
        wait_for("the daemon", lambda: said_listening(log) == starts)

    def stop(self):
        self.process.stop()


def nginx(folder, daemon, strip, hide=True):
    port = free_port()
    site = replaced(
        (HERE / "nginx.conf").read_text(),
        ("443 ssl", f"127.0.0.1:{port} ssl"),
        ("127.0.0.1:8787;", f"127.0.0.1:{daemon.port};"),
        ("/etc/ssl/certs/scrobbled.pem", str(folder / "cert.pem")),
        ("/etc/ssl/private/scrobbled.key", str(folder / "key.pem")),
        ("/var/log/nginx", str(folder)),
    )
    if strip:
        kept = "location /scrobbled/webhook/ {\n        proxy_pass http://127.0.0.1:%d" % daemon.port
        site = replaced(site, (kept, f"{kept}/webhook/"))
    if not hide:
        site = replaced(site, ("error_log /dev/null emerg;", ""))
    return run_nginx(folder, port, site)


def nginx_proxy_manager(folder, daemon, strip):
    """Our part of a proxy host, in what it puts around: its own logs have addresses whole."""
    port = free_port()
    ours = replaced(
        (HERE / "nginx-proxy-manager.conf").read_text(),
        ("192.168.1.4:8787", f"127.0.0.1:{daemon.port}"),
    )
    site = (
        f"log_format whole '$status $request_uri';\nserver {{\nlisten 127.0.0.1:{port} ssl;\n"
        f"ssl_certificate {folder}/cert.pem;\nssl_certificate_key {folder}/key.pem;\n"
        f"access_log {folder}/host.access.log whole;\nerror_log {folder}/host.error.log warn;\n"
        f"client_max_body_size 2000m;\n{ours}\n}}"
    )
    return run_nginx(folder, port, site)


def run_nginx(folder, port, site):
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};"
        for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    )
    config = folder / "nginx.main.conf"
    config.write_text(
        f"user root; daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.error.log info;\n"
        f"events {{}}\nhttp {{ {temporary} access_log {folder}/nginx.access.log;\n{site}\n}}\n"
    )
    command = ["nginx", "-c", config, "-e", folder / "nginx.start.log"]
    subprocess.run([*command, "-t", "-q"], check=True)
    return Process(folder, "nginx", port, command)


def caddy(folder, daemon, strip):
    port = free_port()
    site = replaced(
        (HERE / "Caddyfile").read_text(),
        ("{\n\tlog default", "{\n\tadmin off\n\tauto_https disable_redirects\n\tlog default"),
        (
            "\nscrobbled.example.org {",
            f"\nhttps://localhost:{port} {{\n\ttls {folder}/cert.pem {folder}/key.pem",
        ),
        ("127.0.0.1:8787\n", f"127.0.0.1:{daemon.port}\n"),
        ("/var/log/caddy", str(folder)),
    )
    if strip:
        kept = "handle /scrobbled/webhook/* {\n"
        site = replaced(site, (kept, f"{kept}\t\turi strip_prefix /scrobbled\n"))
    config = folder / "Caddyfile"
    config.write_text(site)
    command = ["caddy", "run", "--adapter", "caddyfile", "--config", config]
    validate = ["caddy", "validate", *command[2:]]
    subprocess.run(validate, check=True, capture_output=True, env=os.environ | {"HOME": str(folder)})
    return Process(folder, "caddy", port, command, HOME=str(folder))


def traefik(folder, daemon, strip):
    port = free_port()
    site = replaced(
        (HERE / "traefik.yaml").read_text(),
        ("scrobbled.example.org`) && PathPrefix(`/webhook", "localhost`) && PathPrefix(`/webhook"),
        ("scrobbled.example.org`) && PathPrefix(`/scrob", "localhost`) && PathPrefix(`/scrob"),
        ("127.0.0.1:8787\n", f"127.0.0.1:{daemon.port}\n"),
    )
    if strip:
        below = "    scrobbled-below:\n"
        site = replaced(site, (below, f"{below}      middlewares: [strip]\n"))
        site += "  middlewares:\n    strip:\n      stripPrefix:\n        prefixes: [/scrobbled]\n"
    site += f"tls:\n  certificates:\n    - certFile: {folder}/cert.pem\n"
    site += f"      keyFile: {folder}/key.pem\n"
    (folder / "sites").mkdir()
    (folder / "sites/scrobbled.yaml").write_text(site)
    config = folder / "traefik.main.yaml"
    config.write_text(
        f'entryPoints: {{websecure: {{address: "127.0.0.1:{port}"}}}}\n'
        f"providers: {{file: {{directory: {folder}/sites}}}}\n"
        f"log: {{level: INFO}}\naccessLog: {{filePath: {folder}/scrobbled.log, "
        "fields: {queryParameters: {defaultMode: drop}}}\n"
        "global: {checkNewVersion: false, sendAnonymousUsage: false}\n"
    )
    proxy = Process(folder, "traefik", port, ["traefik", f"--configfile={config}"])
    wait_for("traefik's routers", lambda: is_routed(proxy))
    return proxy


def is_routed(proxy):
    """Whether a proxy that listens has read its certificate and routes, too."""
    try:
        return status(proxy, "GET", "/webhook/plextrakt") == 401
    except OSError:
        return False


def connect(proxy):
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection(("127.0.0.1", proxy.port), 20)
    return context.wrap_socket(plain, server_hostname="localhost")


def status(proxy, method, target, body=None):
    connection = http.client.HTTPConnection("localhost", proxy.port)
    connection.sock = connect(proxy)
    try:
        connection.request(method, target, body, {"Content-Type": "application/json"})
        return connection.getresponse().status
    except ConnectionError:
        return 0  # refused so early that the rest of the body found the door closed
    finally:
        connection.close()


def guesses(connect, strangers):
    """The statuses of so many wrong tokens, said to be tried on behalf of these in turn."""
    seen = set()
    for number in range(WRONG_TOKENS):
        connection = http.client.HTTPConnection("localhost")
        connection.sock = connect()
        who = {"X-Forwarded-For": strangers[number % len(strangers)]}
        connection.request("GET", "/webhook/plextrakt?wrong", headers=who)
        seen.add(connection.getresponse().status)
        connection.close()
    return seen


def stop_mid_body(proxy, target):
    with connect(proxy) as client:
        client.sendall(
            f"POST {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf".encode()
        )


def try_out(start, folder, strip):
    public_url = "" if strip else "https://localhost/scrobbled"
    daemon = Daemon(folder, public_url)
    proxy = start(folder, daemon, strip)
    name = f"{start.__name__}, path {'taken away' if strip else 'kept'}"
    root = f"/webhook/plextrakt?{daemon.token}"
    # A proxy host of Nginx Proxy Manager has a name of its own: nothing is below a path there.
    below = root if start is nginx_proxy_manager else f"/scrobbled{root}"
    cases = [
        ("POST", root, PAYLOAD, 200),
        ("POST", below, PAYLOAD, 200),
        ("POST", below, b"x" * 3_000_000, 413),
        ("POST", "/webhook/plextrakt?wrong", PAYLOAD, 401),
        ("GET", root, None, 200),
        ("GET", "/", None, 404),
        ("GET", f"/?{daemon.token}", None, 404),
        ("GET", "/healthz", None, 404),
        ("GET", "/scrobbled/healthz", None, 404),
        ("GET", "/webhook/../healthz", None, 404),
        ("GET", "/webhook/%2e%2e/healthz", None, 404),
    ]
    for method, target, body, expected in cases:
        shown = target.replace(daemon.token, "TOKEN")
        seen = status(proxy, method, target, body)
        if expected == 413 and seen in (0, 502):
            seen = 413  # the daemon closes before all of it has come; a proxy may call that 502
        check(f"{name}: {method} {shown}", seen, expected)
    seen = guesses(lambda: connect(proxy), ["203.0.113.9"])
    check(f"{name}: wrong tokens of who claims to be another", seen, {401})
    stop_mid_body(proxy, root)
    stop_mid_body(proxy, below)
    check(f"{name}: after clients that stopped", status(proxy, "POST", root, PAYLOAD), 200)
    daemon.stop()
    check(f"{name}: the daemon is stopped", status(proxy, "POST", root, PAYLOAD), 502)
    daemon.start()
    check(f"{name}: and is back", status(proxy, "POST", below, PAYLOAD), 200)
    proxy.stop()
    daemon.stop()
    check(f"{name}: logs with the token", with_token(folder, daemon), [])
    if start is not nginx_proxy_manager:
        access = (folder / "scrobbled.log").read_text()
        for word in ["/webhook/plextrakt", "200", "502"]:
            check(f"{name}: the access log tells `{word}`", word in access, True)


def with_token(folder, daemon):
    logs = folder.glob("*.log")
    return sorted(log.name for log in logs if daemon.token.encode() in log.read_bytes())


def control(folder):
    daemon = Daemon(folder, "")
    proxy = nginx(folder, daemon, False, hide=False)
    daemon.stop()
    status(proxy, "POST", f"/webhook/plextrakt?{daemon.token}", PAYLOAD)
    proxy.stop()
    check("control: logs with the token", with_token(folder, daemon), ["nginx.error.log"])


def who_is_believed(folder):
    strangers = [f"203.0.113.{number}" for number in range(WRONG_TOKENS)]
    for proxies, claimed, expected in [
        (["127.0.0.1"], strangers, {401}),
        (["127.0.0.1"], strangers[:1], {401, 429}),
        ([], strangers, {401, 429}),
    ]:
        daemon = Daemon(folder, "", proxies)
        seen = guesses(lambda: socket.create_connection(("127.0.0.1", daemon.port)), claimed)
        daemon.stop()
        what = f"wrong tokens for {len(claimed)} strangers, believed from {proxies}"
        check(what, seen, expected)


def in_new_folder(run):
    with tempfile.TemporaryDirectory(prefix="scrobbled-proxies-") as path:
        folder = Path(path)
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"]
            + ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
            + ["-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
            check=True,
            capture_output=True,
        )
        try:
            run(folder)
        finally:
            for child in Process.running:
                child.kill()
                child.wait()


for strip in [False, True]:
    for start in [nginx, caddy, traefik]:
        in_new_folder(lambda folder: try_out(start, folder, strip))
in_new_folder(lambda folder: try_out(nginx_proxy_manager, folder, True))
in_new_folder(who_is_believed)
in_new_folder(control)
for failure in failures:
    print(failure)
print(f"proxies: {'as expected' if not failures else f'{len(failures)} wrong'}")
sys.exit(bool(failures))
