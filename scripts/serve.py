"""Serve on this machine: the web process, with worker, relay and a simulated gateway beside it; nothing stays behind.

Environment: PORT (8000), KAM_DATA_DIR (data), KAM_DEMO (1: print one login per role), SMS_GATEWAY_URL (where set, no
gateway is simulated), EMAIL_URL (where not set, mails become files in `mail`). Output goes to `logs/` in the data
folder, one file for each; the terminal keeps what a person wants to read.
"""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

import processes
from processes import ROOT

PORT = os.environ.get("PORT", "8000")
ADDRESS = f"http://127.0.0.1:{PORT}"
DATA = Path(os.environ.get("KAM_DATA_DIR", ROOT / "data"))
READY_SECONDS = 60
WORKER_STOP_SECONDS = 10
LOG_BYTES = 20_000_000
WEB = [
    str(Path(sys.executable).parent / "gunicorn"),
    "kam.wsgi",
    # One process with threads: SQLite has one writer, and many processes wait for each other unfairly.
    *("--workers", "1", "--threads", "8"),
    *("--bind", f"127.0.0.1:{PORT}"),
    *("--graceful-timeout", "10", "--log-level", "warning"),
]
WORKER = [sys.executable, str(ROOT / "scripts" / "worker")]
RELAY = [sys.executable, "manage.py", "relay"]
RELAY_STOP_SECONDS = 12  # what is in flight has ten seconds


class Stopped(Exception):
    """Somebody asked for the end."""


def stop_asked(signum: int, frame: FrameType | None) -> None:
    """Leave whatever is being waited for; a second signal must not break the stopping itself."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    raise Stopped


def launch(name: str, command: list[str]) -> subprocess.Popen[bytes]:
    """Start a part with its output in its log; a log grown too long gives way to a new one."""
    path = DATA / "logs" / f"{name}.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    with path.open("ab") as log:
        return processes.start(command, log)


def simulated_gateway() -> list[str]:
    """Have messages go to a gateway on this machine, unless a real one is named; the command that starts it."""
    os.environ.setdefault("EMAIL_URL", f"filemail:///{(DATA / 'mail').resolve()}")
    if os.environ.get("SMS_GATEWAY_URL"):
        return []
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ["SMS_GATEWAY_URL"] = f"http://127.0.0.1:{port}"
    os.environ["SMS_RECEIPT_URL"] = f"{ADDRESS}/notify/receipt/"
    os.environ.setdefault("SMS_GATEWAY_SECRET", secrets.token_hex(32))
    return [sys.executable, "manage.py", "gateway", "--port", str(port)]


def ready() -> bool:
    """Ask the server whether it can do its work."""
    try:
        with urllib.request.urlopen(f"{ADDRESS}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def port_is_free() -> bool:
    """Tell whether the address can be had: another program may have taken it during a long set-up."""
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
        try:
            trial.bind(("127.0.0.1", int(PORT)))
        except OSError:
            return False
    return True


def wait_until_ready(web: subprocess.Popen[bytes]) -> bool:
    """Wait for the first good answer; False where the server ended or never gave one."""
    until = time.monotonic() + READY_SECONDS
    while web.poll() is None and time.monotonic() < until:
        if ready():
            return True
        time.sleep(0.1)
    return False


def serve() -> int:
    """Start all, print where to go, keep all alive until asked to stop."""
    # Otherwise the other program's answer would pass for ours, and our server would be started again for ever.
    if not port_is_free():
        print(f"Port {PORT} is taken by another program; choose another one.", file=sys.stderr)
        return 1
    children: dict[str, subprocess.Popen[bytes]] = {}
    commands = {"worker": WORKER, "relay": RELAY}
    gateway = [] if os.environ.get("KAM_ENV") == "production" else simulated_gateway()
    if gateway:
        commands["gateway"] = gateway
    logins: subprocess.Popen[str] | None = None
    try:
        children["web"] = launch("web", WEB)
        if os.environ.get("KAM_DEMO", "1") == "1":
            # Beside the starting server, not after it: both take a second or two.
            command = [sys.executable, "manage.py", "demo", "--print-logins"]
            logins = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        if not wait_until_ready(children["web"]):
            print(
                f"The server does not answer at {ADDRESS}/ready; see {DATA / 'logs' / 'web.log'}.",
                file=sys.stderr,
            )
            return 1
        for name, command in commands.items():
            children[name] = launch(name, command)
        commands["web"] = WEB
        if logins is not None:
            print(logins.communicate()[0].rstrip())
        print(f"\n{ADDRESS}\nCtrl-C stops it.", flush=True)
        while True:
            time.sleep(0.5)
            for name, command in commands.items():
                if children[name].poll() is not None:
                    print(f"The {name} process ended (status {children[name].returncode}); starting it again.")
                    processes.kill_group(children[name])
                    time.sleep(2)  # one that cannot start must not spin
                    children[name] = launch(name, command)
    except Stopped:
        print("\nStopping.", flush=True)
        return 0
    finally:
        # The web first: what it has accepted is in the database, and the worker may still take it up.
        if "web" in children:
            processes.stop(children["web"], 12)
        # All are asked at once, then waited for, so that stopping takes as long as the slowest alone.
        patience = {"worker": WORKER_STOP_SECONDS + 2, "relay": RELAY_STOP_SECONDS}
        for name in patience.keys() & children.keys():
            if children[name].poll() is None:
                children[name].terminate()
        for name, seconds in patience.items():
            if name in children:
                processes.stop(children[name], seconds)
        if "gateway" in children:
            processes.stop(children["gateway"], 2)
        if logins is not None and logins.poll() is None:
            logins.kill()


if __name__ == "__main__":
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, stop_asked)
    raise SystemExit(serve())
