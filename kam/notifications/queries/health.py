"""How the sending fares, for people (/status) and for Prometheus (/metrics); names as in RELIABILITY 3.9."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min
from django_q.models import OrmQ, Schedule

from kam.core.models import Heartbeat
from kam.notifications.models import CallTask, Delivery
from kam.notifications.rules.states import DeliveryState

LATE_AFTER_SECONDS = {"worker": 180.0}
STALE_SECONDS = 90.0
DAY = 86_400.0
# Work that is done now and then, by `manage.py heartbeat --note` and `manage.py verify_audit`, with how old it may be.
CARE_SECONDS = {"backup": DAY, "restore_drill": 100 * DAY, "audit_verify": 2 * DAY}
MARGINS_OF = 1000
UNDER_WAY = (DeliveryState.PENDING, DeliveryState.UNKNOWN)


@dataclass(frozen=True)
class Beat:
    """A process of ours: how long ago it last showed that it lives."""

    name: str
    age_seconds: float
    stale: bool


@dataclass(frozen=True)
class Care:
    """When something was done that keeps the data safe; `age_seconds` None: never, as far as anybody has noted."""

    name: str
    age_seconds: float | None
    ok: bool

    @property
    def overdue(self) -> bool:
        return not self.ok or self.age_seconds is None or self.age_seconds > CARE_SECONDS[self.name]


@dataclass(frozen=True)
class Health:
    """The whole company's figures; no customer is in them."""

    pending: int
    oldest_seconds: float
    results: list[tuple[str, str, int]]  # channel, status, how many
    dead: int
    open_calls: int
    margins: list[float]  # seconds from proof to deadline of the latest thousand, ascending
    beats: list[Beat]
    cares: list[Care]
    schedule_lag_seconds: float | None
    lock_wait_seconds: float | None
    queued_tasks: int


def health(*, at: datetime) -> Health:
    """Return the figures. Eight queries, each over what is under way or over an index."""
    under_way = Delivery.objects.filter(status__in=UNDER_WAY)
    oldest = under_way.filter(not_before__lte=at).aggregate(at=Min("opened_at"))["at"]
    counts = Delivery.objects.values_list("channel", "status").annotate(n=Count("pk")).order_by("channel", "status")
    results = [(str(channel), str(status), int(n)) for channel, status, n in counts]
    beats = list(Heartbeat.objects.order_by("name"))
    noted = {row.name: row for row in beats}
    waits = [row.detail["lock_wait"] for row in beats if row.detail.get("lock_wait") is not None]
    due = Schedule.objects.exclude(repeats=0).aggregate(at=Min("next_run"))["at"]
    return Health(
        pending=under_way.count(),
        oldest_seconds=(at - oldest).total_seconds() if oldest else 0.0,
        results=results,
        dead=sum(n for _, status, n in results if status == DeliveryState.DEAD),
        open_calls=CallTask.objects.filter(done_at=None).count(),
        margins=_margins(),
        beats=[_beat(row.name, (at - row.at).total_seconds()) for row in beats if row.name not in CARE_SECONDS],
        cares=[_care(name, noted.get(name), at) for name in CARE_SECONDS],
        schedule_lag_seconds=max((at - due).total_seconds(), 0.0) if due else None,
        lock_wait_seconds=max(waits) if waits else None,
        queued_tasks=OrmQ.objects.count(),
    )


def _beat(name: str, age: float) -> Beat:
    return Beat(name, age, age > LATE_AFTER_SECONDS.get(name, STALE_SECONDS) and name != "web")


def _care(name: str, row: Heartbeat | None, at: datetime) -> Care:
    if row is None:
        return Care(name, None, True)
    return Care(name, (at - row.at).total_seconds(), bool(row.detail.get("ok", True)))


def _margins() -> list[float]:
    last = Delivery.objects.aggregate(pk=Max("pk"))["pk"] or 0
    rows = Delivery.objects.filter(
        status=DeliveryState.DELIVERED, message__deadline__isnull=False, pk__gt=last - 10 * MARGINS_OF
    )
    pairs = rows.order_by("-pk").values_list("message__deadline", "delivered_at")[:MARGINS_OF]
    return sorted((deadline - proven).total_seconds() for deadline, proven in pairs if proven)


def share(ordered: list[float], part: float) -> float:
    """Return the value at or below which `part` of the ordered values lie."""
    return ordered[min(int(len(ordered) * part), len(ordered) - 1)]


def metrics_text(found: Health) -> str:
    """Return the figures in Prometheus' text format. Labels are codes: no names, no numbers of persons."""
    lines: list[str] = []

    def put(name: str, kind: str, meaning: str, rows: list[tuple[str, float]]) -> None:
        if rows:
            lines.extend((f"# HELP {name} {meaning}", f"# TYPE {name} {kind}"))
            lines.extend(f"{name}{labels} {value:g}" for labels, value in rows)

    put("outbox_oldest_seconds", "gauge", "Age of the oldest delivery that could go.", [("", found.oldest_seconds)])
    put("outbox_pending", "gauge", "Deliveries to be sent or asked for.", [("", found.pending)])
    results = [(f'{{channel="{channel}",result="{status}"}}', float(n)) for channel, status, n in found.results]
    put("deliveries_total", "gauge", "Deliveries by channel and where they stand.", results)
    put("dead_total", "gauge", "Deliveries given up.", [("", found.dead)])
    put("calls_open", "gauge", "Tasks on the call list.", [("", found.open_calls)])
    if found.margins:
        quantiles = [(f'{{quantile="{part:g}"}}', share(found.margins, part)) for part in (0.0, 0.05, 0.5)]
        put("notice_margin_seconds", "gauge", "Deadline minus proof, of the latest thousand.", quantiles)
    beats = [(f'{{job="{_label(beat.name)}"}}', beat.age_seconds) for beat in found.beats]
    put("heartbeat_age_seconds", "gauge", "Since a process showed that it lives.", beats)
    for name, meaning, value in (
        ("schedule_lag_seconds", "How late the latest schedule is.", found.schedule_lag_seconds),
        ("db_lock_wait_seconds", "Wait for the database to take a small write.", found.lock_wait_seconds),
    ):
        put(name, "gauge", meaning, [] if value is None else [("", value)])
    for care in found.cares:
        if care.age_seconds is not None:
            put(f"{care.name}_age_seconds", "gauge", "Since it was done last.", [("", care.age_seconds)])
        if care.name == "audit_verify" and care.age_seconds is not None:
            put("audit_verify_ok", "gauge", "Whether the audit chain was whole.", [("", float(care.ok))])
    put("tasks_queued", "gauge", "Tasks waiting for the worker.", [("", found.queued_tasks)])
    return "\n".join(lines) + "\n"


def _label(text: str) -> str:
    return "".join(sign for sign in text if sign.isalnum() or sign in " -_.")
