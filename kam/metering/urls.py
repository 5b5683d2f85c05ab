from django.urls import path

from kam.metering import views

app_name = "metering"
urlpatterns = [
    path("", views.placeholder, name="batches"),
    path("calendars/", views.placeholder, name="calendars"),
]
