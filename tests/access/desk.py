"""Rows of the service desk that the table's addresses take: Li's account and Zhao's."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile

from kam.core.actions import tokens
from kam.lib.uploads import accept
from kam.outage_planning.models import Crew
from kam.service_desk.actions import applications, attachments, handovers, linking, repair, requests
from kam.service_desk.models import Application, ApplicationTemplate, CannedText, MailFile, MailIn, Promise, Request
from tests.cast import NOW, Cast

Kwargs = dict[str, Any]


def both(cast: Cast, **changes: Any) -> tuple[Request, Request]:
    fields: dict[str, Any] = {"kind": "QUESTION", "text": "核对电费", "source": "HOTLINE", "phone": "13800001234"}
    own = requests.take(**{"account": cast.account, "by": cast.chen, "at": NOW, **fields, **changes})
    other = requests.take(**{"account": cast.other_account, "by": cast.zhao, "at": NOW, **fields, **changes})
    return own, other


def keys(*rows: Any) -> tuple[Kwargs, ...]:
    return (*({"pk": row.pk} for row in rows), {"pk": 10**9})


def request(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*both(cast))


def handover(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(
        *(
            handovers.offer(request=row, taker=taker, reason="休假", by=cast.chen, at=NOW)
            for row, taker in zip(both(cast), (cast.li, cast.boss), strict=True)
        )
    )


def part(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(
        *(
            handovers.ask_help(request=row, user=user, ask="核对", by=cast.chen, at=NOW)
            for row, user in zip(both(cast), (cast.li, cast.boss), strict=True)
        )
    )


def file(cast: Cast) -> tuple[Kwargs, ...]:
    text = accept("a.txt", b"a")
    return keys(*(attachments.attach(request=row, file=text, by=cast.chen, at=NOW) for row in both(cast)))


def application(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*applied(cast))


def applied(cast: Cast) -> list[Application]:
    fields: dict[str, Any] = {"kind": "SUSPENSION", "supply": "CHANGE", "text": "暂停", "source": "STAFF"}
    empty: dict[str, Any] = dict.fromkeys(("kva_before", "kva_wanted", "wanted_from", "wanted_until", "contact"))
    return [
        applications.apply(account=account, by=by, at=NOW, **fields, **empty)
        for account, by in ((cast.account, cast.chen), (cast.other_account, cast.zhao))
    ]


def document(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*(row.documents.first() for row in applied(cast)))


def appointment(cast: Cast) -> tuple[Kwargs, ...]:
    when = {"starts_at": NOW + timedelta(days=1), "ends_at": NOW + timedelta(days=1, hours=1)}
    return keys(
        *(
            applications.propose(application=row, surveyor=cast.li, by=cast.chen, at=NOW, **when)[0]
            for row in applied(cast)
        )
    )


def scheme(cast: Cast) -> tuple[Kwargs, ...]:
    fields: dict[str, Any] = {"title": "方案", "line": None, "voltage_kv": 10, "kva": 100, "metering": ""}
    more: dict[str, Any] = {"cost_yuan": None, "workdays": None, "text": "", "by": cast.chen, "at": NOW}
    return keys(*(applications.add_scheme(application=row, **fields, **more) for row in applied(cast)))


def crews(cast: Cast) -> list[Crew]:
    fields: dict[str, Any] = {"crew": None, "base": "a", "latitude": 34, "longitude": 119, "on_duty": True}
    return [
        repair.save_crew(code=code, name=code, unit=unit, members=[who], by=who, at=NOW, **fields)
        for code, unit, who in (("A", cast.station, cast.station_staff), ("B", cast.other_station, cast.zhao))
    ]


def crew(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*crews(cast))


def job(cast: Cast) -> tuple[Kwargs, ...]:
    rows = zip(both(cast, kind="FAULT"), crews(cast), strict=True)
    return keys(*(repair.send(request=row, crew=crew, by=cast.chen, at=NOW) for row, crew in rows))


def mail_in(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(
        *(
            MailIn.objects.create(message_id=str(account.pk), account=account, at=NOW, subject="a", text="b")
            for account in (cast.account, cast.other_account)
        )
    )


def mail_file(cast: Cast) -> tuple[Kwargs, ...]:
    facts: dict[str, Any] = {"name": "a.txt", "media_type": "text/plain", "size": 1, "sha256": "", "at": NOW}
    return keys(
        *(
            MailFile.objects.create(mail_id=found["pk"], file=ContentFile(b"a", "a.txt"), **facts)
            for found in mail_in(cast)[:2]
        )
    )


def template(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*ApplicationTemplate.objects.order_by("pk")[:2])


def promise(cast: Cast) -> tuple[Kwargs, ...]:
    return {"code": "complaint.answer"}, {"code": "fault.arrive.town"}, {"code": "no.such.promise"}


def figure(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*Promise.objects.order_by("pk")[:2])


def canned(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*CannedText.objects.order_by("pk")[:2])


def token(cast: Cast) -> tuple[Kwargs, ...]:
    return keys(*(tokens.make(name=name, by=cast.admin, at=NOW)[0] for name in ("A", "B")))


def link(cast: Cast) -> tuple[Kwargs, ...]:
    facts: dict[str, Any] = {"text": "M1", "by": cast.chen, "at": NOW}
    return keys(*(linking.link(request=row, ref="metering.Meter:1", **facts) for row in both(cast)))


MAKES = {
    "desk_link": link,
    "desk_request": request,
    "desk_handover": handover,
    "desk_part": part,
    "desk_file": file,
    "desk_application": application,
    "desk_document": document,
    "desk_survey": appointment,
    "desk_scheme": scheme,
    "desk_crew": crew,
    "desk_job": job,
    "desk_mail": mail_in,
    "desk_mail_file": mail_file,
    "desk_template": template,
    "desk_promise": promise,
    "desk_figure": figure,
    "desk_canned": canned,
    "desk_token": token,
}
