"""A business application as staff and customer see it."""

from __future__ import annotations

from dataclasses import dataclass

from kam.service_desk.models import (
    Application,
    ApplicationDocument,
    ApplicationStep,
    Appointment,
    Deadline,
    Scheme,
)
from kam.service_desk.rules.promises import Step


@dataclass(frozen=True)
class ApplicationPage:
    """Steps, documents, appointments (the one ahead first), schemes, and by when it is promised to be finished."""

    application: Application
    steps: list[ApplicationStep]
    documents: list[ApplicationDocument]
    appointments: list[Appointment]
    schemes: list[Scheme]
    promised: Deadline | None

    @property
    def current(self) -> ApplicationStep | None:
        return next((step for step in self.steps if step.done_at is None), None)

    @property
    def ahead(self) -> Appointment | None:
        return next((one for one in self.appointments if one.status in ("PROPOSED", "CONFIRMED")), None)

    @property
    def chosen(self) -> Scheme | None:
        return next((one for one in self.schemes if one.chosen_at is not None), None)

    @property
    def done(self) -> int:
        return sum(step.done_at is not None for step in self.steps)


def application_page(application: Application) -> ApplicationPage:
    """Gather an application. Five queries."""
    deadlines = Deadline.objects.filter(request=application.request_id, step=Step.CONNECT.value)
    return ApplicationPage(
        application=application,
        steps=list(ApplicationStep.objects.filter(application=application).order_by("place")),
        documents=list(
            ApplicationDocument.objects.filter(application=application).select_related("attachment").order_by("pk")
        ),
        appointments=list(
            Appointment.objects.filter(application=application).select_related("surveyor").order_by("-pk")[:20]
        ),
        schemes=list(Scheme.objects.filter(application=application).select_related("line").order_by("pk")[:10]),
        promised=deadlines.select_related("promise").order_by("-round").first(),
    )
