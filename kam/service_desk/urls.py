from django.urls import path

from kam.service_desk.views import desk, queue, requests

app_name = "desk"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("desk/", desk.desk, name="desk"),
    path("handovers/<int:pk>/", requests.handover_decide, name="handover_decide"),
    path("parts/<int:pk>/", requests.tell_part, name="tell_part"),
    path("files/<int:pk>/", requests.attachment, name="attachment"),
    path("<int:pk>/", requests.request_detail, name="request"),
    path("<int:pk>/in-hand/", requests.in_hand, name="in_hand"),
    path("<int:pk>/assign/", requests.assign, name="assign"),
    path("<int:pk>/note/", requests.note, name="note"),
    path("<int:pk>/answer/", requests.answer, name="answer"),
    path("<int:pk>/handover/", requests.handover, name="handover"),
    path("<int:pk>/help/", requests.ask_help, name="ask_help"),
    path("<int:pk>/pause/", requests.pause, name="pause"),
    path("<int:pk>/resume/", requests.resume, name="resume"),
    path("<int:pk>/call-back/", requests.call_back, name="call_back"),
    path("<int:pk>/link/", requests.send_link, name="send_link"),
    path("<int:pk>/close/", requests.close, name="close"),
    path("<int:pk>/reopen/", requests.reopen, name="reopen"),
    path("<int:pk>/merge/", requests.merge, name="merge"),
    path("<int:pk>/unmerge/", requests.unmerge, name="unmerge"),
    path("<int:pk>/file/", requests.attach, name="attach"),
    path("<int:pk>/number/", requests.reveal, name="reveal"),
]
