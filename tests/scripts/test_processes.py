"""Nothing that was started stays behind: a forgotten worker keeps taking tasks with old code."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"
# A parent with a child of its own, in the way of a django-q2 cluster; it prints the child's number.
FAMILY = (
    "import signal, subprocess, sys, time\n"
    "{prepare}\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(60)\n"
)
SUPERVISOR = (
    f"import sys; sys.path.insert(0, {str(SCRIPTS)!r})\n"
    "import processes, time\n"
    "child = processes.start([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "print(child.pid, flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def processes(monkeypatch):
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import processes

    return processes


def alive(pid: int) -> bool:
    """Whether the process still runs; one that ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid: int) -> bool:
    """Whether the process is gone within five seconds."""
    until = time.monotonic() + 5
    while alive(pid) and time.monotonic() < until:
        os.sched_yield()
    return not alive(pid)


@pytest.mark.parametrize("prepare", ["", "signal.signal(signal.SIGTERM, signal.SIG_IGN)"], ids=["obedient", "deaf"])
def test_stop_ends_the_whole_group(processes, tmp_path, prepare):
    with (tmp_path / "out").open("wb") as out:
        parent = processes.start([sys.executable, "-c", FAMILY.format(prepare=prepare)], out)
    until = time.monotonic() + 10
    while not (tmp_path / "out").read_text().strip() and time.monotonic() < until:
        os.sched_yield()
    child = int((tmp_path / "out").read_text())
    assert alive(child)

    processes.stop(parent, seconds=0.3)

    assert parent.poll() is not None
    assert gone(child)


def test_a_child_ends_when_its_supervisor_is_killed():
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    child = int(supervisor.stdout.readline())
    assert alive(child)

    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()

    assert gone(child)


def test_work_is_told_from_waiting(processes):
    """The watchdog must not take a long import on every worker for a cluster that stands still."""
    busy = processes.start([sys.executable, "-c", "while True: pass"])
    idle = processes.start([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        until = time.monotonic() + 20
        while sum(processes.cpu_seconds(busy).values()) < 0.5 and time.monotonic() < until:
            os.sched_yield()
        assert sum(processes.cpu_seconds(busy).values()) >= 0.5
        assert list(processes.cpu_seconds(idle)) == [idle.pid]
        assert sum(processes.cpu_seconds(idle).values()) < 0.4
    finally:
        processes.stop(busy, 1)
        processes.stop(idle, 1)
