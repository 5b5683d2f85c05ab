"""Background jobs end in one state, count their attempts, tell people what they can use; the worker shows it lives."""

import io
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
from django.urls import reverse
from django_q.models import OrmQ, Schedule

from kam.core import actions, queries, tasks
from kam.core.models import Heartbeat
from kam.lib import clock
from tests.cast import NOW, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return make_cast()


def start(by=None, key="k1"):
    return actions.start_job(key=key, kind="kam.core.tasks.canary", by=by, at=NOW, args={"id": 1})


def test_same_key_is_one_job_and_one_message(cast):
    assert start().pk == start().pk
    assert OrmQ.objects.count() == 1


def test_done_keeps_the_result_and_runs_once(cast):
    job = start()
    calls = []

    def work(row):
        calls.append(row.pk)
        actions.progress(row, 3, 10)
        return {"rows": 10}

    assert actions.run_job(job.pk, work) == "DONE"
    assert actions.run_job(job.pk, work) == "already DONE"
    job.refresh_from_db()
    assert (job.status, job.result, job.attempts, calls) == ("DONE", {"rows": 10}, 1, [job.pk])
    assert (job.done, job.total) == (10, 10)
    assert job.started_at is not None
    assert job.ended_at is not None


def test_problem_is_told_as_it_is(cast):
    job = start(by=cast.li)

    def work(row):
        raise actions.JobProblem("第 3 行没有户号。")

    assert actions.run_job(job.pk, work) == "FAILED"
    job.refresh_from_db()
    assert job.problem == "第 3 行没有户号。"


def test_any_other_failure_is_a_number_and_no_trace(cast):
    job = start(by=cast.li)

    def work(row):
        raise KeyError("13812345678")

    assert actions.run_job(job.pk, work) == "FAILED"
    job.refresh_from_db()
    assert f"job-{job.pk}" in job.problem
    assert "13812345678" not in job.problem


def test_busy_database_is_tried_again(cast):
    job = start()
    OrmQ.objects.all().delete()

    def work(row):
        raise OperationalError("database is locked")

    assert actions.run_job(job.pk, work) == "again"
    assert OrmQ.objects.count() == 1
    assert actions.run_job(job.pk, work) == "again"
    assert actions.run_job(job.pk, work) == "FAILED"


def test_work_that_kills_its_worker_is_given_up_after_three(cast):
    job = start()

    def killed(row):
        raise SystemExit  # what a killed worker leaves behind: a job that is RUNNING

    for _ in range(3):
        with pytest.raises(SystemExit):
            actions.run_job(job.pk, killed)
        job.refresh_from_db()
        assert job.status == "RUNNING"
    assert actions.run_job(job.pk, lambda row: {}) == "FAILED"
    job.refresh_from_db()
    assert job.attempts == 3


def test_progress_writes_at_most_twice_a_second(cast, monkeypatch, django_assert_num_queries):
    job = start()
    time = {"now": 100.0}
    monkeypatch.setattr(clock, "monotonic", lambda: time["now"])
    actions.progress(job, 0, 100)
    for done in range(1, 50):
        with django_assert_num_queries(0):
            actions.progress(job, done, 100)
    assert actions.told_progress(job) == (0, 100)
    time["now"] += 0.5
    actions.progress(job, 50, 100)
    assert actions.told_progress(job) == (50, 100)
    actions.progress(job, 100, 100)
    assert actions.told_progress(job) == (100, 100)


def test_job_page_belongs_to_who_asked(client, cast):
    job = start(by=cast.li)
    actions.progress(job, 40, 120)
    client.force_login(cast.li)
    page = client.get(reverse("core:job", args=[job.pk]))
    assert "40" in page.content.decode()
    assert page.content.decode().count("<h1") == 1
    part = client.get(reverse("core:job", args=[job.pk]), HTTP_HX_REQUEST="true")
    assert "<h1" not in part.content.decode()
    client.force_login(cast.wang)
    assert client.get(reverse("core:job", args=[job.pk])).status_code == 404


def check(*arguments):
    out = io.StringIO()
    try:
        call_command("heartbeat", *arguments, stdout=out)
    except SystemExit as end:
        return end.code
    return 0


def test_heartbeat_is_stale_after_its_time(monkeypatch):
    assert check("--check") == 3
    monkeypatch.setattr(clock, "now", lambda: NOW)
    tasks.canary()
    assert check("--check") == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(seconds=181))
    assert check("--check") == 3
    assert check("--check", "--older-than", "200") == 0
    assert check() == 0
    assert queries.heartbeat_age("worker", NOW) == 0
    assert Heartbeat.objects.count() == 1


def test_schedules_come_from_code_and_are_sound():
    assert set(Schedule.objects.values_list("name", flat=True)) >= {"canary", "audit anchor"}
    Schedule.objects.filter(name="canary").update(minutes=59)
    actions.ensure_basics()
    assert Schedule.objects.get(name="canary").minutes == 1
    assert queries.schedule_faults() == []
    Schedule.objects.create(name="bad", func="kam.core.tasks.canary", args="(1,")
    assert len(queries.schedule_faults()) == 1


def test_tasks_of_a_dead_cluster_are_released(cast, monkeypatch):
    start()
    OrmQ.objects.update(lock=NOW + timedelta(hours=2))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    check("--release")
    assert OrmQ.objects.get().lock == NOW


def test_a_job_whose_worker_was_killed_is_taken_up_within_minutes(cast):
    job = start()
    OrmQ.objects.all().delete()

    def killed(row):
        assert actions.revive_jobs(at=clock.now() + timedelta(hours=1)) == 0  # somebody works at it
        raise SystemExit

    with pytest.raises(SystemExit):
        actions.run_job(job.pk, killed)
    assert actions.revive_jobs(at=clock.now()) == 0  # too early to tell
    assert actions.revive_jobs(at=clock.now() + timedelta(hours=1)) == 1
    assert actions.revive_jobs(at=clock.now() + timedelta(hours=1)) == 0
    assert OrmQ.objects.count() == 1
    assert actions.run_job(job.pk, lambda row: {}) == "DONE"
