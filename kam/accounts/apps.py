from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "kam.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.accounts.actions import links
        from kam.accounts.actions.contacts import mail_place, phone_place
        from kam.accounts.models import Account
        from kam.accounts.queries.numbers import id_of, numbers
        from kam.core.actions import schedule, seal
        from kam.core.models import AUDIT_LABELS
        from kam.core.queries import ACCOUNT_NAMES
        from kam.notifications.actions import hooks
        from kam.notifications.models import ACCOUNT_SCOPE

        # The audit record is core's, which knows no customers: how to find one by number, and what to call them.
        ACCOUNT_NAMES.update(id_of=id_of, numbers=numbers)
        seal("accounts.Contact", "phone_encrypted", phone_place)
        seal("accounts.Contact", "mail_encrypted", mail_place)
        ACCOUNT_SCOPE["ids"] = lambda user: Account.objects.visible_to(user).values("pk")
        hooks.register_filler(links.fill)
        AUDIT_LABELS.update(
            {
                "link.revoked": _("customer's links closed"),
                "link.guessed": _("customers' links guessed at from one address"),
            }
        )
        # Hourly, because the company's midnight is not the server's; it does only what is due.
        schedule("team changes that are due", "kam.accounts.tasks.take_effect", minutes=60)
