"""Texts of messages: the first ones, new versions; first rules; and the robots that chats are written to by."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import apprise
from django.conf import settings
from django.db import transaction
from django.db.models import Max

from kam.core.actions import record
from kam.core.models import RuleValue, User
from kam.lib import clock, encryption
from kam.notifications.actions.moving import RECEIPT_MINUTES, RECEIPT_RULE
from kam.notifications.actions.places import robot_place
from kam.notifications.models import ChatRobot, MessageTemplate
from kam.notifications.rules.first_texts import FIRST_TEXTS, places_of
from kam.notifications.rules.texts import BadText, places

FIRST_DAY = date(2000, 1, 1)


class BadRobot(Exception):
    """This is no address of a robot of the makers that the settings allow."""


def ensure_templates() -> None:
    """Write the first version of every text that has none."""
    known = set(MessageTemplate.objects.values_list("key", "language", "form"))
    at = clock.now()
    MessageTemplate.objects.bulk_create(
        [
            MessageTemplate(
                key=key,
                language=language,
                form=form,
                valid_from=FIRST_DAY,
                subject=wording.subject,
                text=wording.text,
                at=at,
            )
            for key, texts in FIRST_TEXTS.items()
            for (language, form), wording in texts.items()
            if (key, language, form) not in known
        ],
        ignore_conflicts=True,
    )


def ensure_rules() -> None:
    """Write the first row of each rule that has none; from then on it is the company's."""
    for channel, minutes in RECEIPT_MINUTES.items():
        key = f"{RECEIPT_RULE}.{channel.value}"
        if not RuleValue.objects.filter(key=key).exists():
            RuleValue.objects.create(
                key=key, valid_from=FIRST_DAY, value=minutes, unit_text="min", source="company: wait for a receipt"
            )


def add_version(
    *, template: MessageTemplate, subject: str, text: str, valid_from: date, by: User, at: datetime
) -> MessageTemplate:
    """Write a new version of a text, in force from a day. Raises `BadText` with the places that nobody fills."""
    unknown = sorted((places(text) | places(subject)) - places_of(template.key))
    if unknown:
        raise BadText(unknown)
    same: dict[str, Any] = {"key": template.key, "language": template.language, "form": template.form}
    with transaction.atomic():
        # The rows are locked, so that two people do not write the same version.
        rows = MessageTemplate.objects.select_for_update().filter(**same)
        list(rows)
        last = rows.aggregate(last=Max("version"))["last"]
        row = MessageTemplate.objects.create(
            **same, version=last + 1, valid_from=valid_from, subject=subject, text=text, by=by, at=at
        )
        record(by=by, at=at, action="template.changed", subject=row, version=row.version, valid_from=valid_from)
    return row


def save_robot(*, robot: ChatRobot | None, name: str, url: str, active: bool, by: User, at: datetime) -> ChatRobot:
    """Make or change a robot; an empty `url` keeps the stored one. Raises `BadRobot`."""
    if url and not is_robot(url):
        raise BadRobot
    with transaction.atomic():
        if robot is None:
            robot = ChatRobot.objects.create(name=name, active=active)
        robot.name, robot.active = name, active
        if url:
            robot.url_encrypted = encryption.encrypt(url, place=robot_place(robot.pk))
            robot.url_hint = f"{schema_of(url)}://…{url[-4:]}"
        robot.save()
        record(by=by, at=at, action="robot.edited", subject=robot, name=name, active=active, address_changed=bool(url))
    return robot


def is_robot(url: str) -> bool:
    """Tell whether Apprise understands the address and its maker is among CHAT_SCHEMAS."""
    return schema_of(url) in settings.CHAT_SCHEMAS


def schema_of(url: str) -> str:
    """Return the maker's short name in Apprise ("wecombot"); empty where Apprise does not know the address."""
    plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
    if plugin is None:
        return ""
    found = plugin.secure_protocol or plugin.protocol or ""
    return str(found if isinstance(found, str) else found[0])
