"""Business applications (业扩): begun from a template, step by step, with documents, survey and schemes (SRV-3)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.formats import date_format

from kam.accounts.actions import links
from kam.accounts.models import Account, Contact, CustomerLink
from kam.core.actions import record
from kam.core.models import User
from kam.lib import clock
from kam.lib.lifecycle import IllegalMove
from kam.network.models import Line
from kam.service_desk.actions import deadlines, pauses
from kam.service_desk.actions.customers import say, ways_of
from kam.service_desk.actions.requests import locked, take
from kam.service_desk.actions.telling import tell
from kam.service_desk.models import (
    APPLICATION_LABELS,
    Application,
    ApplicationDocument,
    ApplicationStep,
    ApplicationTemplate,
    Appointment,
    Attachment,
    Pause,
    Request,
    Scheme,
)
from kam.service_desk.rules import applications as rules
from kam.service_desk.rules.lifecycle import Kind as RequestKind
from kam.service_desk.rules.promises import Step

PURPOSE = "service.progress"
LINK_DAYS = 180


class DocumentsMissing(Exception):
    """An application is accepted once its needed documents are there and good. `codes`: those that are not."""

    def __init__(self, codes: list[str]) -> None:
        super().__init__(", ".join(codes))
        self.codes = codes


class SchemeMissing(Exception):
    """The customer chooses among schemes that exist; the company answers with at least one."""


class SurveyMissing(Exception):
    """A survey is done when its findings are noted."""


class NotOpen(Exception):
    """What was answered, moved or done is over."""


def apply(
    *,
    account: Account,
    kind: str,
    supply: str,
    text: str,
    source: str,
    kva_before: Decimal | None,
    kva_wanted: Decimal | None,
    wanted_from: date | None,
    wanted_until: date | None,
    contact: Contact | None,
    by: User | None,
    at: datetime,
    owner: User | None = None,
    site: str = "",
    received_at: datetime | None = None,
) -> Application:
    """Take a business application: a request with the steps and documents of its kind."""
    day = clock.day_of(received_at or at)
    with transaction.atomic():
        template = ApplicationTemplate.objects.in_force(day).filter(kind=kind).latest("valid_from")
        with translation.override("zh-hans"):
            title = str(APPLICATION_LABELS[rules.Kind(kind)])
            if kva_wanted:
                title += f" {kva_wanted.normalize():f} kVA"
        request = take(
            account=account,
            kind=RequestKind.APPLICATION.value,
            text=text,
            title=title,
            source=source,
            by=by,
            at=at,
            owner=owner,
            contact=contact,
            site=site,
            supply=supply,
            received_at=received_at,
        )
        row = Application.objects.create(
            request=request,
            kind=kind,
            supply=supply,
            kva_before=kva_before,
            kva_wanted=kva_wanted,
            wanted_from=wanted_from,
            wanted_until=wanted_until,
            template=template,
        )
        ApplicationStep.objects.bulk_create(
            ApplicationStep(
                application=row,
                place=place,
                code=one["code"],
                side=one["side"],
                begun_at=request.received_at if place == 1 else None,
            )
            for place, one in enumerate(template.steps, 1)
        )
        ApplicationDocument.objects.bulk_create(
            ApplicationDocument(application=row, code=one["code"], needed=one["needed"]) for one in template.documents
        )
    return row


def finish_step(*, application: Application, code: str, note: str, by: User | None, at: datetime) -> ApplicationStep:
    """Finish the step at hand and begin the next; while it is the customer's turn, the company's clock stands.

    Raises `NotOpen` where it is not the step at hand, `DocumentsMissing`, `SchemeMissing`, `SurveyMissing`,
    `IllegalMove` for an answered request.
    """
    with transaction.atomic():
        request = locked(application.request)
        if request.status not in ("ASSIGNED", "IN_HAND", "REOPENED"):
            raise IllegalMove(request.status)
        return _finish(application, request, code, note=note, by=by, at=at)


def _finish(
    application: Application, request: Request, code: str, *, note: str, by: User | None, at: datetime
) -> ApplicationStep:
    steps = list(ApplicationStep.objects.filter(application=application).order_by("place"))
    left = [step for step in steps if step.done_at is None]
    if not left or left[0].code != code:
        raise NotOpen
    _guard(application, code)
    step: ApplicationStep = left[0]
    step.done_at, step.done_by, step.note = at, by, note[:300]
    step.save(update_fields=["done_at", "done_by", "note"])
    following = left[1] if len(left) > 1 else None
    if following is not None:
        following.begun_at = at
        following.save(update_fields=["begun_at"])
    facts = {"number": request.number, "step": code}
    record(by=by, at=at, action="application.step", subject=application, account_id=request.account_id, **facts)
    waits = following is not None and following.side == rules.Side.CUSTOMER
    if waits and not request.paused:
        pauses.hold(request, reason=Pause.Reason.CUSTOMER, text=following.code if following else "", by=by, at=at)
    elif not waits and request.paused and step.side == rules.Side.CUSTOMER:
        pauses.run_on(request, by=by, at=at)
    if following is None:
        deadlines.meet(request, Step.CONNECT, at)
    return step


def _guard(application: Application, code: str) -> None:
    if code == "accept":
        papers = ApplicationDocument.objects.filter(application=application, needed=True).exclude(accepted=True)
        missing = list(papers.order_by("pk").values_list("code", flat=True))
        if missing:
            raise DocumentsMissing(missing)
    if code == "survey" and not application.appointments.filter(status=Appointment.Status.DONE).exists():
        raise SurveyMissing
    if code == "scheme" and not application.schemes.exists():
        raise SchemeMissing
    if code == "choose_scheme" and not application.schemes.filter(chosen_at__isnull=False).exists():
        raise SchemeMissing


def give_document(
    *, document: ApplicationDocument, attachment: Attachment | None, by: User | None, at: datetime
) -> ApplicationDocument:
    """Note that a document came in, as a file or on paper; it is still to be looked at."""
    with transaction.atomic():
        row: ApplicationDocument = ApplicationDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
        row.received_at, row.attachment, row.accepted, row.note = at, attachment, None, ""
        row.save()
        _note(row, "application.document_given", by=by, at=at, code=row.code)
    return row


def judge_document(*, document: ApplicationDocument, accepted: bool, note: str, by: User, at: datetime) -> None:
    """Say whether a document is good; what is missing is told all at once (一次性告知). Raises `NotOpen`."""
    with transaction.atomic():
        row: ApplicationDocument = ApplicationDocument.objects.select_for_update(of=("self",)).get(pk=document.pk)
        if row.received_at is None:
            raise NotOpen
        row.accepted, row.note, row.looked_at_by = accepted, note[:200], by
        row.save()
        _note(row, "application.document_judged", by=by, at=at, code=row.code, accepted=accepted)


def propose(
    *, application: Application, starts_at: datetime, ends_at: datetime, surveyor: User, by: User, at: datetime
) -> tuple[Appointment, bool]:
    """Propose when somebody comes for the survey (预约上门); the customer confirms by link or telephone.

    An appointment ahead is moved: it stays on record. Returns the appointment, and whether the customer was written
    to. Raises `IsDouble`.
    """
    with transaction.atomic():
        request = locked(application.request)
        ahead = Appointment.objects.filter(application=application, status__in=["PROPOSED", "CONFIRMED"])
        ahead.update(status=Appointment.Status.MOVED)
        row = Appointment.objects.create(
            application=application, starts_at=starts_at, ends_at=ends_at, surveyor=surveyor, by=by, at=at
        )
        facts = {"starts_at": starts_at.isoformat(), "surveyor": surveyor.pk}
        _note(row, "application.survey_proposed", by=by, at=at, **facts)
        language = ways_of(request)[1]
        sent = _link(
            request,
            "service.survey",
            key=f"survey-{row.pk}",
            by=by,
            at=at,
            facts={"when": when_words(row, language), "who": surveyor.name},
        )
    return row, sent


def when_words(row: Appointment, language: str) -> str:
    """Say when somebody comes, in the customer's language."""
    zone = clock.zone()
    start, end = row.starts_at.astimezone(zone), row.ends_at.astimezone(zone)
    if language.startswith("zh"):
        return f"{start.month}月{start.day}日{start.hour}:{start.minute:02d}-{end.hour}:{end.minute:02d}"
    with translation.override(language):
        return f"{date_format(start, 'j M')} {start:%H:%M}-{end:%H:%M}"


def answer_appointment(
    *, appointment: Appointment, agreed: bool, words: str, link: CustomerLink | None, by: User | None, at: datetime
) -> Appointment:
    """Note what the customer says about the appointment. Said again, it is the same. Raises `NotOpen`."""
    with transaction.atomic():
        row: Appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        to = Appointment.Status.CONFIRMED if agreed else Appointment.Status.DECLINED
        if row.status == to:
            return row
        if row.status not in (Appointment.Status.PROPOSED, Appointment.Status.CONFIRMED):
            raise NotOpen
        row.status, row.answered_at, row.words = to, at, words[:300]
        row.save(update_fields=["status", "answered_at", "words"])
        if link is not None:
            links.note_use(link=link, at=at)
        _note(row, "application.survey_answered", by=by, at=at, agreed=agreed)
        request = row.application.request
        for user in {request.owner, row.surveyor}:
            tell(user, "appointment", request, by=by, at=at, key=f"{row.pk}-{to.value}")
        deadlines.meet(request, Step.CONTACT, at)
    return row


def note_survey(
    *,
    appointment: Appointment,
    finding: str,
    latitude: float | None,
    longitude: float | None,
    by: User,
    at: datetime,
) -> Appointment:
    """Note on the spot what the survey found; the request then has its place. Raises `NotOpen`."""
    with transaction.atomic():
        row: Appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        if row.status not in (Appointment.Status.PROPOSED, Appointment.Status.CONFIRMED):
            raise NotOpen
        row.status, row.done_at, row.finding = Appointment.Status.DONE, at, finding
        row.latitude, row.longitude = latitude, longitude
        row.save()
        request = row.application.request
        if latitude is not None and longitude is not None:
            Request.objects.filter(pk=request.pk).update(latitude=latitude, longitude=longitude)
        _note(row, "application.surveyed", by=by, at=at, placed=latitude is not None)
    return row


def add_scheme(
    *,
    application: Application,
    title: str,
    line: Line | None,
    voltage_kv: Decimal,
    kva: Decimal,
    metering: str,
    cost_yuan: Decimal | None,
    workdays: int | None,
    text: str,
    by: User,
    at: datetime,
) -> Scheme:
    """Add one way to supply the customer. Raises `NotOpen` once one was chosen."""
    with transaction.atomic():
        locked(application.request)
        if Scheme.objects.filter(application=application, chosen_at__isnull=False).exists():
            raise NotOpen
        row = Scheme.objects.create(
            application=application,
            title=title,
            line=line,
            voltage_kv=voltage_kv,
            kva=kva,
            metering=metering,
            cost_yuan=cost_yuan,
            workdays=workdays,
            text=text,
            by=by,
            at=at,
        )
        _note(row, "application.scheme_added", by=by, at=at, kva=str(kva), voltage_kv=str(voltage_kv))
    return row


def offer_schemes(*, application: Application, by: User, at: datetime) -> bool:
    """Tell the customer that the schemes are ready to choose from. False where nobody can be written to."""
    with transaction.atomic():
        request = locked(application.request)
        count = Scheme.objects.filter(application=application).count()
        if not count:
            raise SchemeMissing
        return _link(request, "service.scheme", key=f"schemes-{count}", by=by, at=at)


def choose_scheme(*, scheme: Scheme, link: CustomerLink | None = None, by: User | None, at: datetime) -> Scheme:
    """Note which scheme the customer chose; where it is the step at hand, it is done. Raises `NotOpen`."""
    with transaction.atomic():
        request = locked(scheme.application.request)
        row: Scheme = Scheme.objects.select_for_update(of=("self",)).get(pk=scheme.pk)
        if row.chosen_at is not None:
            return row
        row.chosen_at, row.chosen_by = at, by
        try:
            with transaction.atomic():
                row.save(update_fields=["chosen_at", "chosen_by"])
        except IntegrityError as error:
            raise NotOpen from error
        if link is not None:
            links.note_use(link=link, at=at)
        _note(row, "application.scheme_chosen", by=by, at=at, title=row.title)
        tell(request.owner, "scheme", request, by=by, at=at, key=str(row.pk))
        left = ApplicationStep.objects.filter(application=row.application_id, done_at=None).order_by("place").first()
        if left is not None and left.code == "choose_scheme":
            _finish(row.application, request, left.code, note=row.title, by=by, at=at)
    return row


def send_progress(*, application: Application, by: User | None, at: datetime) -> bool:
    """Send the customer the page on which to follow the application. False where nobody can be written to."""
    with transaction.atomic():
        request = locked(application.request)
        return _link(request, "service.progress", key=at.isoformat(), by=by, at=at)


def _link(
    request: Request, text: str, *, key: str, by: User | None, at: datetime, facts: dict[str, str] | None = None
) -> bool:
    sent = say(
        request,
        text=text,
        purpose=PURPOSE,
        expires_at=at + timedelta(days=LINK_DAYS),
        key=key,
        by=by,
        at=at,
        facts=facts,
    )
    told = {"number": request.number, "sent": sent, "text": text}
    record(by=by, at=at, action="request.link_sent", subject=request, account_id=request.account_id, **told)
    return sent


def _note(row: Any, action: str, *, by: User | None, at: datetime, **facts: Any) -> None:
    request = row.application.request
    record(by=by, at=at, action=action, subject=row, account_id=request.account_id, number=request.number, **facts)
