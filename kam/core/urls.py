from django.urls import path

from kam.core import views

app_name = "core"
urlpatterns = [
    path("staff/", views.placeholder, name="staff"),
    path("absences/", views.placeholder, name="absences"),
    path("rules/", views.placeholder, name="rules"),
    path("audit/", views.placeholder, name="audit"),
    path("jobs/<int:job_id>/", views.job, name="job"),
]
