"""What people set beside the computed grade: facts, overrides, objections, measures, schemes (CRE-1, CRE-2)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from kam.accounts.actions import links
from kam.core.models import AuditEntry, Job
from kam.credit.actions import corrections, measures, schemes, telling, trials
from kam.credit.actions.grading import regrade
from kam.credit.actions.standing import refresh_ended_overrides
from kam.credit.models import (
    ConductFact,
    CreditGrade,
    CreditRuleSet,
    GradeContest,
    GradeOverride,
    GradingRun,
    Measure,
    Standing,
)
from kam.credit.rules.measures import MeasureKind
from kam.lib.lifecycle import IllegalMove
from tests.cast import NOW, TODAY, make_cast
from tests.credit.money import make_months

pytestmark = pytest.mark.django_db


def graded(**more):
    cast = make_cast()
    make_months(cast.account, 12)
    regrade(as_of=date(2026, 11, 1), by=None, at=NOW, account_ids=[cast.account.pk])
    return cast


def noted(cast, kind="ILLEGAL_USE", **more):
    fields: dict[str, Any] = {"day": date(2026, 11, 10), "weight": 1, "source": "检查单 3", "note": ""}
    return corrections.note_fact(account=cast.account, kind=kind, by=cast.credit, at=NOW, **{**fields, **more})


# ---- facts -------------------------------------------------------------------------------------------------------


def test_a_noted_fact_grades_the_account_at_once():
    cast = graded()
    noted(cast)
    row = CreditGrade.objects.get(account=cast.account, as_of=TODAY)
    assert row.run is not None
    assert (row.grade, row.status, row.run.cause) == ("C", "PROPOSED", GradingRun.Cause.EVENT)


def test_taken_back_it_stays_on_record_and_no_longer_counts():
    cast = graded()
    fact = noted(cast)
    corrections.take_back_fact(fact=fact, reason="户号错误", by=cast.credit, at=NOW)
    assert CreditGrade.objects.get(account=cast.account, as_of=TODAY).grade == "AAA"
    assert ConductFact.objects.filter(pk=fact.pk).exists()
    with pytest.raises(corrections.AlreadyMended):
        corrections.take_back_fact(fact=fact, reason="再", by=cast.credit, at=NOW)
    assert AuditEntry.objects.filter(action="credit.fact_taken_back").count() == 1


def test_a_defect_put_right_no_longer_stands():
    cast = graded()
    fact = noted(cast, kind="HAZARD", day=date(2026, 10, 1))
    assert CreditGrade.objects.get(account=cast.account, as_of=TODAY).grade == "C"
    corrections.mend_fact(fact=fact, day=date(2026, 11, 1), by=cast.credit, at=NOW)
    assert CreditGrade.objects.get(account=cast.account, as_of=TODAY).grade in ("AAA", "AA")


# ---- overrides ---------------------------------------------------------------------------------------------------


def proposed(cast, **more) -> GradeOverride:
    fields: dict[str, Any] = {
        "grade": "B",
        "reason": "集团担保",
        "valid_from": TODAY,
        "valid_until": TODAY + timedelta(days=30),
    }
    return corrections.propose_override(account=cast.account, by=cast.credit, at=NOW, **{**fields, **more})


def test_an_override_takes_two_and_ends_by_itself():
    cast = graded()
    row = proposed(cast)
    assert Standing.objects.get(account=cast.account).grade == "AAA"
    with pytest.raises(corrections.SamePerson):
        corrections.decide_override(override=row, grant=True, by=cast.credit, at=NOW)
    corrections.decide_override(override=row, grant=True, by=cast.sun, at=NOW)
    standing = Standing.objects.get(account=cast.account)
    assert (standing.grade, standing.override_until) == ("B", TODAY + timedelta(days=30))
    with pytest.raises(corrections.Decided):
        corrections.decide_override(override=row, grant=False, by=cast.boss, at=NOW)
    refresh_ended_overrides(day=TODAY + timedelta(days=30))
    assert Standing.objects.get(account=cast.account).grade == "AAA"


def test_the_database_refuses_one_person_for_both():
    cast = graded()
    row = proposed(cast)
    with pytest.raises(IntegrityError), transaction.atomic():
        GradeOverride.objects.filter(pk=row.pk).update(approved_by=cast.credit)


def test_an_override_has_an_end_and_one_waits_at_a_time():
    cast = graded()
    for days in (0, 400):
        with pytest.raises(corrections.BadPeriod):
            proposed(cast, valid_until=TODAY + timedelta(days=days))
    with pytest.raises(corrections.UnknownGrade):
        proposed(cast, grade="Z")
    proposed(cast)
    with pytest.raises(corrections.AskedAlready):
        proposed(cast)


# ---- the customer contests ---------------------------------------------------------------------------------------


def test_the_customer_sees_every_indicator_by_its_link_and_a_person_answers(client):
    cast = graded()
    grade = telling.tell_grade(account=cast.account, by=cast.credit, at=NOW)
    link = links.issue(
        account=cast.account,
        purpose="credit.grade",
        ref=f"credit.CreditGrade:{grade.pk}",
        expires_at=NOW + timedelta(days=3650),
        by=cast.credit,
        at=NOW,
    )
    address = links.address_of(link)
    path = "/c/" + address.rpartition("/c/")[2]
    page = client.get(path).content.decode()
    assert "100.0" in page or "AAA" in page
    assert not GradeContest.objects.exists()  # looking changes nothing
    assert client.post(path, {"said_by": "", "text": ""}).status_code == 200
    for _ in range(2):
        client.post(path, {"said_by": "刘会计", "text": "9 月已按期转出"})
    contest = GradeContest.objects.get()
    assert contest.said_by == "刘会计"
    corrections.answer_contest(
        contest=contest, outcome="UPHELD", answer="银行入账日为 9 月 24 日", by=cast.credit, at=NOW
    )
    with pytest.raises(corrections.Decided):
        corrections.answer_contest(contest=contest, outcome="CORRECTED", answer="", by=cast.sun, at=NOW)
    assert "银行入账日为 9 月 24 日" in client.get(path).content.decode()


def test_a_link_of_another_account_opens_nothing(client):
    cast = graded()
    grade = CreditGrade.objects.get()
    link = links.issue(
        account=cast.other_account,
        purpose="credit.grade",
        ref=f"credit.CreditGrade:{grade.pk}",
        expires_at=NOW + timedelta(days=3650),
        by=cast.credit,
        at=NOW,
    )
    assert client.get("/c/" + links.address_of(link).rpartition("/c/")[2]).status_code == 404


# ---- measures ----------------------------------------------------------------------------------------------------


def propose(cast, kind=MeasureKind.GREEN_CHANNEL, agreement=""):
    return measures.propose(
        account=cast.account, kind=kind, reason="连续按期", agreement=agreement, by=cast.credit, at=NOW
    )


def test_a_measure_needs_the_grade_and_a_second_person():
    cast = graded()
    with pytest.raises(measures.NotForThisGrade):
        propose(cast, MeasureKind.PREPAYMENT, "合同 1")
    row = propose(cast)
    with pytest.raises(measures.OpenAlready):
        propose(cast)
    with pytest.raises(measures.SamePerson):
        measures.decide(measure=row, grant=True, reason="", by=cast.credit, at=NOW)
    measures.decide(measure=row, grant=True, reason="", by=cast.sun, at=NOW)
    assert Measure.objects.get(pk=row.pk).status == "IN_FORCE"
    measures.end(measure=row, reason="客户申请终止", by=cast.credit, at=NOW)
    with pytest.raises(IllegalMove):
        measures.end(measure=row, reason="再", by=cast.credit, at=NOW)


def test_what_changes_the_contract_needs_the_agreement():
    cast = graded()
    standing = Standing.objects.get(account=cast.account)
    standing.grade = "C"
    standing.save()
    with pytest.raises(measures.NeedsAgreement):
        propose(cast, MeasureKind.PREPAYMENT)
    row = propose(cast, MeasureKind.PREPAYMENT, "购电制协议 7")
    standing.grade = "AAA"
    standing.save()
    with pytest.raises(measures.NotForThisGrade):  # the grade has changed meanwhile
        measures.decide(measure=row, grant=True, reason="", by=cast.sun, at=NOW)


def test_every_pair_of_statuses_of_a_measure():
    from kam.credit.rules.measures import STEPS, MeasureStatus

    allowed = {("PROPOSED", "IN_FORCE"), ("PROPOSED", "REFUSED"), ("IN_FORCE", "ENDED")}
    assert {(a.value, b.value) for a in MeasureStatus for b in MeasureStatus if b.value in STEPS[a]} == allowed


# ---- schemes -----------------------------------------------------------------------------------------------------


def drafted(cast) -> CreditRuleSet:
    wuhan = CreditRuleSet.objects.get(code="WUHAN")
    return schemes.copy(of=wuhan, valid_from=TODAY + timedelta(days=10), by=cast.credit, at=NOW)


def test_a_scheme_is_tried_proposed_and_released_by_another():
    cast = graded()
    row = drafted(cast)
    with pytest.raises(schemes.NotTried):
        schemes.propose(rule_set=row, by=cast.credit, at=NOW)
    told = trials.run(rule_set=row, by=cast.credit, at=NOW)
    assert told["graded"] == 2
    assert set(told["by_grade"]) == {"A", "B", "C"}
    assert CreditGrade.objects.count() == 1  # a trial writes no grade
    schemes.propose(rule_set=row, by=cast.credit, at=NOW)
    with pytest.raises(schemes.SamePerson):
        schemes.decide(rule_set=row, release=True, reason="", by=cast.credit, at=NOW)
    schemes.decide(rule_set=row, release=True, reason="", by=cast.sun, at=NOW)
    held = CreditRuleSet.objects.get(code="KAM")
    assert held.valid_until == TODAY + timedelta(days=10)
    later = regrade(as_of=TODAY + timedelta(days=10), by=None, at=NOW, dry_run=True)
    assert later.rule_set.code == "WUHAN"
    assert regrade(as_of=TODAY, by=None, at=NOW, dry_run=True).rule_set.code == "KAM"


def test_an_edited_draft_must_be_tried_again():
    cast = graded()
    row = drafted(cast)
    trials.run(rule_set=row, by=cast.credit, at=NOW)
    body = {**row.body, "months": 24}
    fields: dict[str, Any] = {"name": row.name, "source": row.source, "valid_from": row.valid_from, "body": body}
    schemes.edit(rule_set=row, edits=1, by=cast.credit, at=NOW, **fields)
    with pytest.raises(schemes.NotTried):
        schemes.propose(rule_set=row, by=cast.credit, at=NOW)
    with pytest.raises(schemes.ChangedMeanwhile):
        schemes.edit(rule_set=row, edits=1, by=cast.credit, at=NOW, **fields)


def test_what_is_released_is_not_edited_and_nothing_begins_in_the_past():
    cast = graded()
    held = CreditRuleSet.objects.get(code="KAM")
    fields: dict[str, Any] = {"name": "x", "source": "x", "valid_from": TODAY, "body": held.body}
    with pytest.raises(schemes.NotADraft):
        schemes.edit(rule_set=held, edits=1, by=cast.credit, at=NOW, **fields)
    row = drafted(cast)
    CreditRuleSet.objects.filter(pk=row.pk).update(valid_from=TODAY - timedelta(days=1))
    trials.run(rule_set=row, by=cast.credit, at=NOW)
    schemes.propose(rule_set=row, by=cast.credit, at=NOW)
    with pytest.raises(schemes.StartsTooEarly):
        schemes.decide(rule_set=row, release=True, reason="", by=cast.sun, at=NOW)


def test_the_form_gives_back_exactly_the_table_it_was_opened_with(client):
    from kam.credit.forms.schemes import SchemeForm
    from kam.credit.rules.scheme import scheme_of

    graded()
    for row in CreditRuleSet.objects.all():
        blank = SchemeForm(body=row.body)
        data = {name: blank.initial.get(name, field.initial) for name, field in blank.fields.items()} | {
            "name": "n",
            "source": "s",
            "valid_from": "2027-01-01",
        }
        form = SchemeForm({key: value for key, value in data.items() if value is not None}, body=row.body)
        assert form.is_valid(), form.errors
        given, held = scheme_of(form.body()), scheme_of(row.body)
        assert set(given.bars) == set(held.bars)
        assert set(given.weights) == set(held.weights)
        assert replace(given, bars=(), weights=()) == replace(held, bars=(), weights=())


def test_the_pages_take_a_scheme_all_the_way(client):
    cast = graded()
    wuhan = CreditRuleSet.objects.get(code="WUHAN")
    client.force_login(cast.credit)
    client.post(reverse("credit:scheme_copy", args=[wuhan.pk]))
    row = CreditRuleSet.objects.get(code="WUHAN", version=2)
    answer = client.post(reverse("credit:scheme_propose", args=[row.pk]))
    assert "先对当前内容试算" in answer.content.decode()
    client.post(reverse("credit:scheme_try", args=[row.pk]))
    from kam.credit import tasks

    tasks.try_scheme(Job.objects.get(kind="kam.credit.tasks.try_scheme").pk)
    client.post(reverse("credit:scheme_propose", args=[row.pk]))
    row.refresh_from_db()
    assert row.status == "PROPOSED"
    client.force_login(cast.sun)
    client.post(reverse("credit:scheme_decide", args=[row.pk]), {"release": "1"})
    row.refresh_from_db()
    assert (row.status, row.released_by) == ("RELEASED", cast.sun)
