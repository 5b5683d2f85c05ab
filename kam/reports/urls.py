"""Reports, and every page that puts several apps together: the account's page, the import of accounts.

Included at the root, because those pages stand where a reader looks for them.
"""

from django.urls import include, path

from kam.reports.views import account, account_import, batches, energy, groups

app_name = "reports"
report_pages = [
    path("", energy.report_list, name="list"),
    path("export/", energy.list_export, name="list_export"),
    path("batches/", batches.batch_list, name="batches"),
    path("batches/<int:batch_id>/", batches.batch, name="batch"),
    path("account/<str:account_no>/", energy.analysis, name="analysis"),
    path("account/<str:account_no>/charts/", energy.load_charts, name="load_charts"),
    path("account/<str:account_no>/order/", energy.order, name="order"),
    path("<int:report_id>/", energy.detail, name="detail"),
    path("<int:report_id>/pdf/", energy.pdf, name="pdf"),
    path("<int:report_id>/xlsx/", energy.xlsx, name="xlsx"),
    path("<int:report_id>/review/", energy.review, name="review"),
]
account_pages = [
    path("groups/", groups.groups, name="groups"),
    path("groups/export/", groups.groups_export, name="groups_export"),
    path("groups/<int:pk>/", groups.group, name="group"),
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
