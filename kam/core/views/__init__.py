"""Health, language, errors. Staff pages are in their own modules."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, OperationalError, connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from kam.core import access, actions, queries
from kam.core.models import Job, User
from kam.lib import clock, logs


@login_not_required
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return JsonResponse({"live": True})


@login_not_required
def ready(request: HttpRequest) -> HttpResponse:
    """The database answers, takes a write, and is migrated; 503 with the reason where not."""
    try:
        with _impatient():
            if not migrated():
                return JsonResponse({"ready": False, "reason": "migrations"}, status=503)
            if not well_set():
                return JsonResponse({"ready": False, "reason": "settings"}, status=503)
            actions.beat(name="web", at=clock.now())
    except DatabaseError:
        return JsonResponse({"ready": False, "reason": "database"}, status=503)
    except OSError:
        return JsonResponse({"ready": False, "reason": "disk"}, status=503)
    return JsonResponse({"ready": True})


READY_MILLISECONDS = 1500
_migrated = False


def migrated() -> bool:
    """Tell whether the tables are those that this code knows; asked of the database until the first yes."""
    global _migrated
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated


_well_set = False


def well_set() -> bool:
    """Tell whether the database took the settings that keep acknowledged work safe; asked until the first yes."""
    global _well_set
    if not _well_set:
        _well_set = not queries.sqlite_library_faults() and not queries.database_faults()
    return _well_set


@contextmanager
def _impatient() -> Iterator[None]:
    """Let the database wait for nobody longer than a proxy waits for this answer (RELIABILITY R11: 2 s)."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {READY_MILLISECONDS}")
        try:
            yield
        finally:
            patience = int(settings.DATABASES["default"].get("OPTIONS", {}).get("timeout", 5) * 1000)
            with connection.cursor() as cursor:
                cursor.execute(f"PRAGMA busy_timeout = {patience}")
    else:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL statement_timeout = {READY_MILLISECONDS}")
                cursor.execute(f"SET LOCAL lock_timeout = {READY_MILLISECONDS}")
            yield


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say what to do when a form's token is too old."""
    return render(request, "403_csrf.html", status=403)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The row is theirs to see, the act is not theirs to do."""
    return render(request, "403.html", status=403)


@login_not_required
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Absent and out of scope look the same."""
    return render(request, "404.html", status=404)


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    """Something failed; the number finds the log lines."""
    failure = sys.exc_info()[1]
    # SQLite has one writer: a long import keeps the others waiting, and after `timeout` they are told to come again.
    busy = isinstance(failure, OperationalError) and "locked" in str(failure)
    told, status = {"incident": logs.request_id.get(), "busy": busy}, 503 if busy else 500
    try:
        answer = render(request, "500.html", told, status=status)
    except DatabaseError:
        # Nobody can say who is asking: the page without menu and name.
        answer = HttpResponse(render_to_string("500.html", told), status=status)
    if busy:
        answer["Retry-After"] = "30"
    return answer


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language, and remember it for the user's next login."""
    code = request.POST.get("language", "")
    if isinstance(request.user, User) and code in dict(settings.LANGUAGES):
        actions.set_language(user=request.user, language=code)
    return set_language(request)


def job(request: HttpRequest, job_id: int) -> HttpResponse:
    """How far a background job is; htmx asks again until it has ended."""
    row = access.own(request, Job.objects.all(), pk=job_id)
    row.done, row.total = actions.told_progress(row)
    whole = not request.headers.get("HX-Request")
    return render(request, "core/job.html" if whole else "components/job.html", {"job": row})
