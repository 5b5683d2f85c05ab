from django.urls import path

from kam.outage_planning.views import reliability

app_name = "outages"
urlpatterns = [
    path("reliability/", reliability.page, name="reliability"),
    path("reliability/workbook/", reliability.export, name="reliability_export"),
]
