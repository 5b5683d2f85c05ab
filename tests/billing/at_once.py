"""Work by many threads at once on either database; SQLite gets a file, as an installation has, for the time being."""

import sqlite3  # pysqlite3 under that name, see kam/__init__.py
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.db import connection, connections


@contextmanager
def shared_database(folder: Path) -> Iterator[None]:
    """Let new threads see what is stored now: tests' SQLite lies in memory, where two writers only lock each other."""
    if connection.vendor != "sqlite":
        yield
        return
    name = folder / "at_once.sqlite3"
    connection.ensure_connection()
    with sqlite3.connect(name) as file:
        connection.connection.backup(file)
    file.close()
    held = connections.settings["default"]["NAME"]
    connections.settings["default"]["NAME"] = name
    try:
        yield
    finally:
        connections.settings["default"]["NAME"] = held


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Run `work(n)` in threads that start together; returns results and exceptions."""
    start = threading.Barrier(count)
    found: list[Any] = []

    def run(number: int) -> None:
        start.wait()
        try:
            found.append(work(number))
        except Exception as error:
            found.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found
