from django.urls import path

from kam.network.views import edit, intake, look

app_name = "network"
urlpatterns = [
    path("", look.tree, name="tree"),
    path("lines/<int:pk>/", look.line, name="line"),
    path("substations/<int:pk>/", look.substation, name="substation"),
    path("substations/new/", edit.substation_create, name="substation_create"),
    path("substations/<int:pk>/edit/", edit.substation_edit, name="substation_edit"),
    path("lines/new/", edit.line_create, name="line_create"),
    path("lines/<int:pk>/edit/", edit.line_edit, name="line_edit"),
    path("points/<int:pk>/", edit.point_edit, name="point_edit"),
    path("import/", intake.imports, name="imports"),
    path("import/example.<str:kind>", intake.example, name="import_example"),
    path("import/<int:pk>/", intake.batch, name="import"),
    path("import/<int:pk>/start/", intake.start, name="import_start"),
    path("import/<int:pk>/rejects.<str:kind>", intake.rejects, name="import_rejects"),
]
