"""Reports, and every page that puts several apps together: the account's page, the import of accounts.

Included at the root, because those pages stand where a reader looks for them.
"""

from django.urls import include, path

from kam.reports.views import account, account_import, energy

app_name = "reports"
report_pages = [
    path("", energy.report_list, name="list"),
]
account_pages = [
    path("import/", account_import.imports, name="account_imports"),
    path("import/example.<str:kind>", account_import.example, name="account_import_example"),
    path("import/<int:pk>/", account_import.batch, name="account_import"),
    path("import/<int:pk>/start/", account_import.start, name="account_import_start"),
    path("import/<int:pk>/undo/", account_import.undo, name="account_import_undo"),
    path("import/<int:pk>/rejects.<str:kind>", account_import.rejects, name="account_import_rejects"),
    path("<str:account_no>/", account.page, name="account"),
    path("<str:account_no>/timeline/", account.timeline, name="account_timeline"),
]
urlpatterns = [
    path("reports/", include(report_pages)),
    path("accounts/", include(account_pages)),
]
