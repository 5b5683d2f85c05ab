from django.urls import path

from kam.billing import views

app_name = "billing"
urlpatterns = [
    path("", views.listing, name="tariffs"),
    path("<str:code>/", views.page, name="tariff"),
    path("<str:code>/new/", views.add, name="tariff_add"),
]
