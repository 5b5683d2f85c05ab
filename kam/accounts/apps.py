from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "kam.accounts"
    label = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from kam.accounts.actions.contacts import mail_place, phone_place
        from kam.accounts.models import Account
        from kam.accounts.queries.numbers import id_of, numbers
        from kam.core.actions import schedule, seal
        from kam.core.queries import ACCOUNT_NAMES
        from kam.notifications.models import ACCOUNT_SCOPE

        # The audit record is core's, which knows no customers: how to find one by number, and what to call them.
        ACCOUNT_NAMES.update(id_of=id_of, numbers=numbers)
        seal("accounts.Contact", "phone_encrypted", phone_place)
        seal("accounts.Contact", "mail_encrypted", mail_place)
        ACCOUNT_SCOPE["ids"] = lambda user: Account.objects.visible_to(user).values("pk")
        # Hourly, because the company's midnight is not the server's; it does only what is due.
        schedule("team changes that are due", "kam.accounts.tasks.take_effect", minutes=60)
