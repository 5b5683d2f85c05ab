from django.urls import path

from kam.notifications.views import calls, inbox, queue, status, wording

app_name = "notifications"
urlpatterns = [
    path("", queue.queue, name="queue"),
    path("export/", queue.queue_export, name="queue_export"),
    path("messages/<int:pk>/", queue.message, name="message"),
    path("messages/<int:pk>/call/", queue.to_call_list, name="to_call_list"),
    path("messages/<int:pk>/other/", queue.other_way, name="other_way"),
    path("messages/<int:pk>/withdraw/", queue.withdraw, name="withdraw"),
    path("messages/<int:pk>/paper/", queue.paper, name="paper"),
    path("deliveries/<int:pk>/retry/", queue.retry, name="retry"),
    path("proofs/<int:pk>/", queue.proof, name="proof"),
    path("calls/", calls.calls, name="calls"),
    path("calls/<int:pk>/", calls.call, name="call"),
    path("calls/<int:pk>/take/", calls.take, name="call_take"),
    path("calls/<int:pk>/note/", calls.note, name="call_note"),
    path("calls/<int:pk>/give-up/", calls.give_up, name="call_give_up"),
    path("templates/", wording.templates, name="templates"),
    path("templates/<int:pk>/", wording.template, name="template"),
    path("robots/", wording.robots, name="robots"),
    path("robots/new/", wording.robot_create, name="robot_create"),
    path("robots/<int:pk>/", wording.robot, name="robot"),
    path("inbox/", inbox.inbox, name="inbox"),
    path("inbox/count/", inbox.count, name="inbox_count"),
    path("inbox/<int:pk>/read/", inbox.read, name="inbox_read"),
    path("receipt/", status.receipt, name="receipt"),
]
