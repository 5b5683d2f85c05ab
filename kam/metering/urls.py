from django.urls import path

from kam.metering.views import calendars, meters, readings

app_name = "metering"
urlpatterns = [
    path("", readings.listing, name="batches"),
    path("export/", readings.listing_export, name="batches_export"),
    path("new/", readings.upload, name="upload"),
    path("<int:batch_id>/", readings.batch, name="batch"),
    path("<int:batch_id>/take-in/", readings.take_in, name="take_in"),
    path("<int:batch_id>/drop/", readings.drop, name="drop"),
    path("<int:batch_id>/rejects.csv", readings.rejects, name="rejects"),
    path("<int:batch_id>/file/", readings.file, name="file"),
    path("meters/<int:meter_id>/", meters.page, name="meter"),
    path("meters/<int:meter_id>/<str:day>/", meters.day, name="meter_day"),
    path("calendars/", calendars.listing, name="calendars"),
    path("calendars/<str:code>/", calendars.page, name="calendar"),
    path("calendars/<str:code>/new/", calendars.add, name="calendar_add"),
]
