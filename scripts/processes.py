"""Child processes that cannot outlive who started them.

Each child leads its own process group: a Ctrl-C at the terminal reaches the supervisor alone, which then
stops the children in order, and a group can be killed whole. Killing only a django-q2 parent leaves its
workers taking tasks.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).resolve().parent.parent
PR_SET_PDEATHSIG = 1
TICKS = os.sysconf("SC_CLK_TCK")
LIBC = ctypes.CDLL(None)


def die_with_parent() -> None:
    """Ask the kernel for a SIGTERM when the parent ends, by whatever means; runs in the child before exec."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start(command: list[str], log: IO[Any] | None = None) -> subprocess.Popen[bytes]:
    """Start a command as the leader of its own process group, its output into `log` where given."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        preexec_fn=die_with_parent,
    )


def kill_group(child: subprocess.Popen[bytes]) -> None:
    """Kill what is left of a child's group, also where the child itself has ended."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def stop(child: subprocess.Popen[bytes], seconds: float) -> None:
    """Ask the child to end, wait, then kill its whole group. A SIGTERM to the group at once loses tasks."""
    if child.poll() is None:
        child.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(seconds)
    kill_group(child)
    child.wait()


def cpu_seconds(child: subprocess.Popen[bytes]) -> dict[int, float]:
    """Map each living process of a child's group to the CPU seconds it has used, its own threads included."""
    used = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it ended meanwhile
            # The name in brackets may hold spaces. After it: state, ppid, pgrp; 12th and 13th user and system ticks.
            fields = path.read_text().rsplit(")", 1)[1].split()
            if int(fields[2]) == child.pid:
                used[int(path.parent.name)] = (int(fields[11]) + int(fields[12])) / TICKS
    return used
