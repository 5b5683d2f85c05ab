"""Serve on this machine: one web process, the worker beside it, and nothing left behind at the end.

Environment: PORT (8000), KAM_DATA_DIR (data), KAM_DEMO (1: print one login per role). Output of the two goes
to `logs/web.log` and `logs/worker.log` in the data folder; the terminal keeps what a person wants to read.
"""

import os
import signal
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


def ready() -> bool:
    """Ask the server whether it can do its work."""
    try:
        with urllib.request.urlopen(f"{ADDRESS}/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def wait_until_ready(web: subprocess.Popen[bytes]) -> bool:
    """Wait for the first good answer; False where the server ended or never gave one."""
    until = time.monotonic() + READY_SECONDS
    while web.poll() is None and time.monotonic() < until:
        if ready():
            return True
        time.sleep(0.1)
    return False


def serve() -> int:
    """Start both, print where to go, keep both alive until asked to stop."""
    children: dict[str, subprocess.Popen[bytes]] = {}
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
        children["worker"] = launch("worker", WORKER)
        if logins is not None:
            print(logins.communicate()[0].rstrip())
        print(f"\n{ADDRESS}\nCtrl-C stops it.", flush=True)
        while True:
            time.sleep(0.5)
            for name, command in (("web", WEB), ("worker", WORKER)):
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
        if "worker" in children:
            processes.stop(children["worker"], WORKER_STOP_SECONDS + 2)
        if logins is not None and logins.poll() is None:
            logins.kill()


if __name__ == "__main__":
    for asked in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(asked, stop_asked)
    raise SystemExit(serve())
