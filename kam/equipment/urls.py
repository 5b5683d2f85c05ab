from django.urls import path

from kam.equipment import views

app_name = "equipment"
urlpatterns = [
    path("due/", views.due, name="due"),
    path("account/<str:account_no>/", views.of_account, name="of_account"),
    path("account/<str:account_no>/new/", views.create, name="create"),
    path("<int:pk>/", views.page, name="page"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/tested/", views.tested, name="tested"),
    path("<int:pk>/remove/", views.remove, name="remove"),
]
