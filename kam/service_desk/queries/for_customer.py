"""What a signed link opens: the one row it was made for, and nothing beside it."""

from __future__ import annotations

from kam.accounts.models import CustomerLink
from kam.lib.typed import whole
from kam.service_desk.models import Application, ApplicationDocument, Appointment, Request, Scheme


def request_of(link: CustomerLink) -> Request | None:
    """Return the request of a link, of the link's own account alone."""
    label, _, pk = link.ref.partition(":")
    if label != "service_desk.Request" or not pk.isdigit():
        return None
    rows = Request.objects.filter(pk=int(pk), account=link.account_id)
    found: Request | None = rows.select_related("account", "contact", "owner").first()
    return found


def application_of(link: CustomerLink) -> Application | None:
    """Return the application of a link."""
    request = request_of(link)
    if request is None:
        return None
    found: Application | None = (
        Application.objects.filter(request=request)
        .select_related("request__account__unit", "request__owner", "request__contact")
        .first()
    )
    return found


def appointment_of(application: Application, pk: str) -> Appointment | None:
    """Return the appointment of this application that the customer was shown."""
    rows = Appointment.objects.filter(application=application, pk=whole(pk) or 0)
    found: Appointment | None = rows.select_related("application__request", "surveyor").first()
    return found


def scheme_of(application: Application, pk: str) -> Scheme | None:
    """Return the scheme of this application that the customer was shown."""
    rows = Scheme.objects.filter(application=application, pk=whole(pk) or 0)
    found: Scheme | None = rows.select_related("application__request").first()
    return found


def document_of(application: Application, pk: str) -> ApplicationDocument | None:
    """Return the document of this application that the customer sends."""
    rows = ApplicationDocument.objects.filter(application=application, pk=whole(pk) or 0)
    found: ApplicationDocument | None = rows.select_related("application__request").first()
    return found
