"""Rows of consultations and notices for the table: Li's account's, Zhao's, and none."""

from datetime import timedelta
from typing import Any

from django.core.files.base import ContentFile

from kam.outage_planning.models import Answer, Consultation, Notice
from tests.cast import NOW, Cast
from tests.notifications.making import make_message

Kwargs = dict[str, Any]
ABSENT = {"pk": 10**9}


def _consultations(cast: Cast, outages: list[int]) -> list[Consultation]:
    return [
        Consultation.objects.create(
            outage_id=pk,
            account=account,
            version=1,
            starts_at=NOW,
            ends_at=NOW + timedelta(hours=8),
            effect=3,
            asked_at=NOW,
            answer_by=NOW + timedelta(days=7),
        )
        for pk, account in zip(outages, (cast.account, cast.other_account), strict=True)
    ]


def consultations(cast: Cast, outages: list[int]) -> tuple[Kwargs, ...]:
    own, other = _consultations(cast, outages)
    return {"pk": own.pk}, {"pk": other.pk}, ABSENT


def answers(cast: Cast, outages: list[int]) -> tuple[Kwargs, ...]:
    found = []
    for row in _consultations(cast, outages):
        answer = Answer.objects.create(consultation=row, said="AGREE", through="LINK", at=NOW, key=str(row.pk))
        answer.attachment_name = "plan.pdf"
        answer.attachment.save("plan.pdf", ContentFile(b"%PDF-"))
        found.append({"pk": answer.pk})
    return *found, ABSENT


def notices(cast: Cast, outages: list[int]) -> tuple[Kwargs, ...]:
    found = [
        Notice.objects.create(
            outage_id=pk,
            account=account,
            kind="ANNOUNCE",
            version=1,
            message=make_message(key=f"n{pk}", account=account),
            created_at=NOW,
        )
        for pk, account in zip(outages, (cast.account, cast.other_account), strict=True)
    ]
    return {"pk": found[0].pk}, {"pk": found[1].pk}, ABSENT
