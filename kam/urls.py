"""Every address. Apps bring their own; sign-in is allauth's, without sign-up and mail."""

from allauth.account import views as sign
from django.urls import include, path

from kam.accounts.views import customer
from kam.billing.views import api as money_api
from kam.core import views as core
from kam.core.views import api as described
from kam.core.views import calendar
from kam.notifications.views import status
from kam.reports.views import home
from kam.service_desk.views import api as requests_api
from kam.visits.views import offline

urlpatterns = [
    path("", home.home, name="home"),
    path("live", core.live, name="live"),
    path("ready", core.ready, name="ready"),
    path("feed/<str:token>.ics", calendar.feed, name="calendar_feed"),
    path("sw.js", offline.worker, name="worker"),
    path("language/", core.language, name="set_language"),
    path("sign/in/", sign.login, name="account_login"),
    path("sign/out/", sign.logout, name="account_logout"),
    path("sign/again/", sign.reauthenticate, name="account_reauthenticate"),
    path("sign/password/", sign.password_change, name="account_change_password"),
    path("sign/factor/", include("allauth.mfa.urls")),
    path("accounts/", include("kam.accounts.urls")),
    path("readings/", include("kam.metering.urls")),
    path("equipment/", include("kam.equipment.urls")),
    path("", include("kam.billing.urls")),
    path("network/", include("kam.network.urls")),
    path("outages/", include("kam.outage_planning.urls")),
    path("requests/", include("kam.service_desk.urls")),
    path("visits/", include("kam.visits.urls")),
    path("credit/", include("kam.credit.urls")),
    path("api/requests", requests_api.requests, name="api_requests"),
    path("api/requests/<str:number>", requests_api.request_shown, name="api_request"),
    path("api/bills", money_api.bills, name="api_bills"),
    path("api/bills/<str:number>", money_api.bill, name="api_bill"),
    path("api/payments", money_api.payments, name="api_payments"),
    path("api/openapi.json", described.openapi, name="api_openapi"),
    path("", include("kam.reports.urls")),
    path("notify/", include("kam.notifications.urls")),
    path("c/<str:token>/", customer.customer, name="customer"),
    path("c/<str:token>/<path:rest>", customer.customer, name="customer_part"),
    path("status", status.status, name="status"),
    path("metrics", status.metrics, name="metrics"),
    path("office/", include("kam.core.urls")),
]
handler403 = "kam.core.views.forbidden"
handler404 = "kam.core.views.not_found"
handler500 = "kam.core.views.broken"
