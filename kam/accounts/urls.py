from django.urls import path

from kam.accounts import views

app_name = "accounts"
urlpatterns = [
    path("", views.placeholder, name="list"),
    path("groups/", views.placeholder, name="groups"),
    path("search/", views.placeholder, name="search"),
]
