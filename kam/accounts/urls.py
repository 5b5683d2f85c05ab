from django.urls import path

from kam.accounts.views import edit, export, groups, handover, lists, people, production, search

app_name = "accounts"
urlpatterns = [
    path("", lists.accounts, name="list"),
    path("views/", lists.save_view, name="view_save"),
    path("views/<int:pk>/drop/", lists.drop_view, name="view_drop"),
    path("export/", export.start, name="export"),
    path("export/<int:job_id>/", export.finished, name="export_done"),
    path("export/<int:job_id>/file/", export.file, name="export_file"),
    path("search/", search.results, name="search"),
    path("new/", edit.create, name="create"),
    path("handover/", handover.handover, name="handover"),
    path("groups/new/", groups.create, name="group_create"),
    path("groups/<int:pk>/edit/", groups.edit, name="group_edit"),
    path("<str:account_no>/edit/", edit.edit, name="edit"),
    path("<str:account_no>/team/", people.team_page, name="team"),
    path("<str:account_no>/production/", production.page, name="production"),
    path("<str:account_no>/production/preferences/new/", production.preference_create, name="preference_create"),
    path("<str:account_no>/production/preferences/<int:pk>/", production.preference_edit, name="preference_edit"),
    path("<str:account_no>/production/preferences/<int:pk>/drop/", production.preference_drop, name="preference_drop"),
    path("<str:account_no>/production/plans/new/", production.plan_create, name="plan_create"),
    path("<str:account_no>/production/plans/<int:pk>/", production.plan_edit, name="plan_edit"),
    path("<str:account_no>/production/plans/<int:pk>/drop/", production.plan_drop, name="plan_drop"),
    path("<str:account_no>/contacts/new/", people.contact_create, name="contact_create"),
    path("<str:account_no>/contacts/<int:pk>/", people.contact_edit, name="contact_edit"),
    path("<str:account_no>/contacts/<int:pk>/active/", people.contact_active, name="contact_active"),
    path("<str:account_no>/contacts/<int:pk>/reveal/", people.reveal, name="contact_reveal"),
]
