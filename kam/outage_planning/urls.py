from django.urls import path

from kam.outage_planning.views import planning, protected, quarter, reliability

app_name = "outages"
urlpatterns = [
    path("", planning.board, name="board"),
    path("past/", planning.past, name="past"),
    path("new/", planning.create, name="create"),
    path("quarter/", quarter.order, name="quarter"),
    path("quarter/<int:job_id>/", quarter.result, name="quarter_result"),
    path("quarter/<int:job_id>/take/", quarter.take_over, name="quarter_take"),
    path("protected/", protected.periods, name="protected"),
    path("protected/<int:pk>/remove/", protected.remove, name="protected_remove"),
    path("exceptions/<int:pk>/decide/", planning.override_decide, name="override_decide"),
    path("reliability/", reliability.page, name="reliability"),
    path("reliability/workbook/", reliability.export, name="reliability_export"),
    path("<int:pk>/", planning.outage_page, name="outage"),
    path("<int:pk>/edit/", planning.edit, name="edit"),
    path("<int:pk>/consult/", planning.consult, name="consult"),
    path("<int:pk>/cancel/", planning.cancel, name="cancel"),
    path("<int:pk>/move/", planning.move, name="move"),
    path("<int:pk>/compute/", planning.recompute, name="recompute"),
    path("<int:pk>/exception/", planning.override_propose, name="override_propose"),
    path("<int:pk>/windows/", planning.windows, name="windows"),
    path("<int:pk>/windows/take/", planning.take_window, name="take_window"),
]
