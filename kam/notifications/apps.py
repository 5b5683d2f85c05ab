"""Notifications at start: encrypted columns, what the audit record's codes mean, the first texts."""

from __future__ import annotations

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def after_migrate(**kwargs: Any) -> None:
    """Load the first texts and rules where they are missing. Safe to repeat."""
    from kam.notifications import actions

    actions.ensure_templates()
    actions.ensure_rules()


class NotificationsConfig(AppConfig):
    name = "kam.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.core.actions import seal
        from kam.core.models import AUDIT_LABELS
        from kam.notifications.actions.places import address_place, file_place, robot_place

        seal("notifications.Delivery", "address_encrypted", address_place)
        seal("notifications.MessageFile", "content_encrypted", file_place)
        seal("notifications.ChatRobot", "url_encrypted", robot_place)
        AUDIT_LABELS.update(
            {
                "message.retried": _("delivery tried again by hand"),
                "message.handed_over": _("message given to the call list"),
                "message.withdrawn": _("message withdrawn"),
                "message.called": _("call noted"),
                "message.given_up": _("message given up"),
                "message.paper_accepted": _("signed paper notice taken in"),
                "template.changed": _("text of messages: new version"),
                "robot.edited": _("chat robot edited"),
            }
        )
        post_migrate.connect(after_migrate, sender=self)
