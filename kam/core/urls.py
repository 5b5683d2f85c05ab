from django.urls import path

from kam.core import views
from kam.core.views import absences, calendar, records, staff

app_name = "core"
urlpatterns = [
    path("staff/", staff.staff, name="staff"),
    path("staff/export/", staff.staff_export, name="staff_export"),
    path("staff/new/", staff.user_create, name="user_create"),
    path("staff/<int:pk>/", staff.user, name="user"),
    path("staff/<int:pk>/posts/", staff.posts, name="posts"),
    path("staff/<int:pk>/password/", staff.user_password, name="user_password"),
    path("staff/<int:pk>/factor/", staff.user_factor, name="user_factor"),
    path("units/new/", staff.unit_create, name="unit_create"),
    path("units/<int:pk>/", staff.unit, name="unit"),
    path("absences/", absences.absences, name="absences"),
    path("absences/new/", absences.absence_create, name="absence_create"),
    path("absences/<int:pk>/end/", absences.absence_end, name="absence_end"),
    path("calendar/", calendar.my_calendar, name="my_calendar"),
    path("calendar/make/", calendar.feed_make, name="feed_make"),
    path("calendar/<int:pk>/revoke/", calendar.feed_revoke, name="feed_revoke"),
    path("rules/", records.rules, name="rules"),
    path("rules/<str:key>/", records.rule_add, name="rule_add"),
    path("audit/", records.audit, name="audit"),
    path("audit/export/", records.audit_export, name="audit_export"),
    path("jobs/<int:job_id>/", views.job, name="job"),
]
