from django.urls import path

from kam.reports import views

app_name = "reports"
urlpatterns = [path("", views.placeholder, name="list")]
