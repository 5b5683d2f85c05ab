"""The relay: claims what is owed, sends it on many threads at once, writes what came of it (RELIABILITY 3.1).

One thread does all the database's work and the others only the network's: SQLite has one writer, and an outcome is
never lost between two connections. The instants are read here, once for each step, and handed down.
"""

from __future__ import annotations

import contextlib
import logging
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice

from django.db import (
    DatabaseError,
    InterfaceError,
    OperationalError,
    close_old_connections,
    connection,
    transaction,
)

from kam.core.actions import beat
from kam.lib import clock
from kam.notifications.actions import hooks, sending
from kam.notifications.actions.channels import Way
from kam.notifications.actions.sending import Claim
from kam.notifications.models import Delivery
from kam.notifications.rules.answers import Answer, Parcel, Verdict
from kam.notifications.rules.states import Channel

log = logging.getLogger(__name__)
POLL_SECONDS = 0.5
GATHER_SECONDS = 0.02  # those that end together are written together
BATCH = 50
BEAT_SECONDS = 10
SWEEP_SECONDS = 15
ALONE_EVERY_SECONDS = 1.0
HUNG_SECONDS = 25  # longer than any timeout, shorter than the lease
DRAIN_SECONDS = 12
BROKEN_AFTER = 5  # failures of a gateway in a row
LONGEST_PAUSE_SECONDS = 60
OWN_HOST = (Channel.APP, Channel.CALL, Channel.PAPER)


@dataclass
class Gateway:
    """How one channel fares: after five failures in a row it is left alone for a while, then tried with one."""

    failures: int = 0
    paused_until: float = 0.0

    def room(self, free: int) -> int:
        if clock.monotonic() < self.paused_until:
            return 0
        return min(free, 1) if self.failures >= BROKEN_AFTER else free

    def note(self, answer: Answer) -> bool:
        """Count an answer; True where the gateway works again after it did not."""
        bad = answer.verdict == Verdict.LATER or answer.code in ("timeout", "dropped", "asked.nothing")
        if not bad:
            was_broken, self.failures = self.failures >= BROKEN_AFTER, 0
            return was_broken
        self.failures += 1
        if answer.wait_seconds:
            self.paused_until = clock.monotonic() + min(answer.wait_seconds, LONGEST_PAUSE_SECONDS)
        elif self.failures >= BROKEN_AFTER:
            pause = min(2.0 ** (self.failures - BROKEN_AFTER), LONGEST_PAUSE_SECONDS)
            self.paused_until = clock.monotonic() + pause
        return False


@dataclass
class Relay:
    """One relay process. `owner` names it in leases and must be its own alone; `name` names its heartbeat."""

    owner: str
    name: str
    ways: dict[Channel, Way]
    in_flight: int
    stop: Callable[[], bool]
    running: dict[Future[Answer], Claim] = field(default_factory=dict)
    suspects: deque[Claim] = field(default_factory=deque)
    ended: deque[tuple[Claim, Answer | None, str]] = field(default_factory=deque)
    gateways: dict[Channel, Gateway] = field(default_factory=dict)
    busy: list[Channel] = field(default_factory=list)
    alone: bool = False
    once: bool = False
    next_look: float = 0.0
    last_alone: float = 0.0
    began: dict[int, float] = field(default_factory=dict)
    ending_since: float | None = None
    next_beat: float = 0.0
    next_sweep: float = 0.0

    def run(self, *, once: bool) -> int:
        """Work until asked to stop, or with `once` until nothing is due; returns how many attempts were made."""
        made, self.once = 0, once
        pool = ThreadPoolExecutor(self.in_flight, thread_name_prefix="send")
        try:
            while True:
                begun = wrote = 0
                try:
                    self._settle()
                    if self._ending():
                        if self._drained():
                            break
                    else:
                        self._housekeeping()
                        wrote = self._write_more()
                        begun = self._fill(pool)
                        made += begun
                        if (
                            once
                            and not begun
                            and not wrote
                            and not self.running
                            and not self.ended
                            and not self.suspects
                        ):
                            break
                except (OperationalError, InterfaceError) as error:
                    # The database is gone or busy: what is known stays in memory until it can be written.
                    log.warning("database: %s", type(error).__name__)
                    close_old_connections()
                    connection.close()
                    time.sleep(1)
                    if self._ending() and self._drained():
                        break
                    continue
                if self.running:
                    wait(self.running, timeout=POLL_SECONDS, return_when=FIRST_COMPLETED)
                    time.sleep(GATHER_SECONDS)
                elif not begun and not wrote and not once:
                    time.sleep(POLL_SECONDS)
                self._collect()
            with contextlib.suppress(DatabaseError, InterfaceError):  # then their leases run out instead
                sending.release(owner=self.owner, pks=[one.pk for one in self.suspects])
        finally:
            pool.shutdown(wait=not self.running, cancel_futures=True)
        return made

    @property
    def hanging(self) -> int:
        """How many sends were still going on when the loop was left."""
        return len(self.running)

    def _ending(self) -> bool:
        """Tell whether nothing new may begin: somebody asked for the end, or a sender hangs.

        A sender that has hung beyond every timeout holds its thread for ever. The process ends and another begins;
        its row counts as an attempt that a process died of, so that after five it goes to a person.
        """
        if self.ending_since is None:
            now = clock.monotonic()
            hung = [pk for pk, began in self.began.items() if now - began > HUNG_SECONDS]
            if hung:
                log.error("sends hang: %s", hung)
            if hung or self.stop():
                self.ending_since = now
        return self.ending_since is not None

    def _drained(self) -> bool:
        """Tell whether all that was in flight has ended and is written, or has had its time."""
        since = self.ending_since or 0.0
        over = clock.monotonic() - since > DRAIN_SECONDS
        return over or not (self.running or self.ended)

    def _collect(self) -> None:
        for future in [future for future in self.running if future.done()]:
            one = self.running.pop(future)
            self.began.pop(one.pk, None)
            error = future.exception()
            if error is None:
                self.ended.append((one, future.result(), ""))
            else:
                # What a sender did not foresee. Its text may name a person, its kind does not.
                log.error("send %s raised %s", one.pk, type(error).__name__)
                self.ended.append((one, None, f"raised.{type(error).__name__}"))
        if not self.running:
            self.alone = False

    def _settle(self) -> None:
        """Write what has ended, many in one transaction: each commit waits for the disk."""
        while self.ended:
            batch = list(islice(self.ended, BATCH))
            try:
                with transaction.atomic():
                    for one, answer, code in batch:
                        self._write(one, answer, code)
            except (OperationalError, InterfaceError):
                raise
            except Exception:  # one of them is at fault, a listener perhaps; it must not hold the others up
                for one, answer, code in batch:
                    self._write_alone(one, answer, code)
            for one, answer, _ in batch:
                self.ended.popleft()
                if answer is not None and self._gateway(one.channel).note(answer):
                    sending.wake(channel=one.channel, at=clock.now())

    def _write(self, one: Claim, answer: Answer | None, code: str) -> None:
        at = clock.now()
        if answer is None:
            sending.note_broken(one=one, owner=self.owner, code=code, at=at)
        else:
            can_ask = self.ways[one.channel].ask is not None
            sending.settle(one=one, owner=self.owner, answer=answer, can_ask=can_ask, at=at)

    def _write_alone(self, one: Claim, answer: Answer | None, code: str) -> None:
        try:
            with transaction.atomic():
                self._write(one, answer, code)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # its lease runs out, and it counts as an attempt that a process died of
            log.error("delivery %s could not be noted: %s", one.pk, type(error).__name__)

    def _gateway(self, channel: Channel) -> Gateway:
        return self.gateways.setdefault(channel, Gateway())

    def _fill(self, pool: ThreadPoolExecutor) -> int:
        """Begin as much as there is room for; returns how many were begun or done."""
        if self.alone:
            return 0
        if self.suspects and clock.monotonic() - self.last_alone >= ALONE_EVERY_SECONDS:
            # It was in hand when a process died. If it was the cause, it must not take others along again.
            if self.running:
                return 0
            self.last_alone, self.alone = clock.monotonic(), True
            begun = self._begin(pool, self.suspects.popleft())
            self.alone = bool(self.running)
            return begun
        begun = 0
        for channel in self._busy_channels():
            free = self.in_flight - len(self.running)
            way = self.ways.get(channel)
            room = self._gateway(channel).room(free) if way else free or 1
            if room >= 1:
                begun += self._take(pool, channel, room, way.per_second if way else None)
        return begun

    def _busy_channels(self) -> list[Channel]:
        """Return where something was due; asked of the database twice a second, whatever the load."""
        if clock.monotonic() >= self.next_look:
            self.busy = sending.channels_due(at=clock.now())
            self.next_look = clock.monotonic() + (0 if self.once else POLL_SECONDS)
        return list(self.busy)

    def _take(self, pool: ThreadPoolExecutor, channel: Channel, room: int, per_second: float | None) -> int:
        """Claim and begin on one channel; the attempts are counted and committed before any is made."""
        at = clock.now()
        claims = sending.claim(channel=channel, owner=self.owner, room=room, per_second=per_second, at=at)
        if not claims and channel in self.busy:
            self.busy.remove(channel)
        ready = [one for one in claims if not one.suspect]
        self.suspects.extend(one for one in claims if one.suspect)
        way = self.ways.get(channel)
        if way is None:
            return sum(self._begin(pool, one) for one in ready)
        try:
            with transaction.atomic():
                rows = sending.rows_of(ready, owner=self.owner)
                parcels = [(one, self._begun(one, rows.get(one.pk), way)) for one in ready]
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # one of them is at fault; each by itself then
            return sum(self._begin(pool, one) for one in ready)
        for one, parcel in parcels:
            if parcel is not None:
                self._submit(pool, way, one, parcel)
        return len(parcels)

    def _begin(self, pool: ThreadPoolExecutor, one: Claim) -> int:
        way = self.ways.get(one.channel)
        try:
            if way is None:
                sending.do_here(one, owner=self.owner, at=clock.now())
                return 1
            row = sending.rows_of([one], owner=self.owner).get(one.pk)
            parcel = self._begun(one, row, way)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # whatever a guard or a row makes it raise must not stop its neighbours
            log.error("delivery %s raised %s", one.pk, type(error).__name__)
            self._note_broken(one, f"raised.{type(error).__name__}")
            return 1
        if parcel is not None:
            self._submit(pool, way, one, parcel)
        return 1

    def _begun(self, one: Claim, row: Delivery | None, way: Way) -> Parcel | None:
        return sending.begin(one, row, owner=self.owner, can_ask=way.ask is not None, at=clock.now())

    def _submit(self, pool: ThreadPoolExecutor, way: Way, one: Claim, parcel: Parcel) -> None:
        send = way.ask if one.ask and way.ask else way.send
        self.began[one.pk] = clock.monotonic()
        self.running[pool.submit(send, parcel)] = one

    def _note_broken(self, one: Claim, code: str) -> None:
        try:
            sending.note_broken(one=one, owner=self.owner, code=code, at=clock.now())
        except DatabaseError as error:
            log.error("delivery %s could not be noted: %s", one.pk, type(error).__name__)

    def _write_more(self) -> int:
        """Write a portion of what was decided for many at once; what it owes is looked for without waiting."""
        wrote = hooks.write_more(clock.now())
        if wrote:
            self.next_look = 0.0
        return wrote

    def _housekeeping(self) -> None:
        now = clock.monotonic()
        if now >= self.next_sweep:
            sending.sweep(at=clock.now())
            self.next_sweep = now + SWEEP_SECONDS
        if now >= self.next_beat:
            before = clock.monotonic()
            beat(name=self.name, at=clock.now(), running=len(self.running))
            waited = clock.monotonic() - before
            beat(name=self.name, at=clock.now(), running=len(self.running), lock_wait=round(waited, 4))
            self.next_beat = now + BEAT_SECONDS
