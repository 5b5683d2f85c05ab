from django.apps import AppConfig


class ReportsConfig(AppConfig):
    name = "kam.reports"
    label = "reports"
    default_auto_field = "django.db.models.BigAutoField"
