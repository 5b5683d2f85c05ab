from django.urls import path

from kam.billing import views

app_name = "billing"
urlpatterns = [path("", views.placeholder, name="tariffs")]
