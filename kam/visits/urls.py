from django.urls import path

from kam.visits.views import customer, phone, plan, visit

app_name = "visits"
SIGNED = customer.time_of_visit  # registers the page that signed links open
urlpatterns = [
    path("", plan.visit_list, name="list"),
    path("account/<str:account_no>/plan/", plan.plan, name="plan"),
    path("photos/<int:pk>/", visit.photo, name="photo"),
    path("phone/", phone.today, name="phone"),
    path("phone/new/<str:account_no>/", phone.write_down_new, name="phone_new"),
    path("phone/<uuid:uid>/", phone.write_down, name="phone_log"),
    path("phone/<uuid:uid>/arrive/", phone.arrive, name="phone_arrive"),
    path("phone/<uuid:uid>/photo/", phone.photo, name="phone_photo"),
    path("<int:pk>/", visit.visit_page, name="visit"),
    path("<int:pk>/sheet/", visit.sheet, name="sheet"),
    path("<int:pk>/sheet.pdf", visit.sheet_file, name="sheet_pdf"),
    path("<int:pk>/tell/", visit.tell, name="tell"),
    path("<int:pk>/confirm/", plan.confirm, name="confirm"),
    path("<int:pk>/accept/", plan.accept, name="accept"),
    path("<int:pk>/move/", plan.move, name="move"),
    path("<int:pk>/cancel/", plan.cancel, name="cancel"),
    path("<int:pk>/review/", visit.review, name="review"),
    path("<int:pk>/ask/", visit.ask, name="ask"),
    path("<int:pk>/reply/", visit.reply, name="reply"),
    path("<int:pk>/followed-up/", visit.followed_up, name="followed_up"),
]
