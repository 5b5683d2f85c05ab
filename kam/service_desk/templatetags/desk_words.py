"""Applications in words: steps, documents, sides, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django import template
from django.utils.functional import Promise as Lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

register = template.Library()
STEPS: Mapping[str, str | Lazy] = {
    "accept": gettext_lazy("Acceptance"),
    "survey": gettext_lazy("Survey on site"),
    "scheme": gettext_lazy("Supply scheme"),
    "choose_scheme": gettext_lazy("Choice of the scheme"),
    "design": gettext_lazy("Design of the customer's works"),
    "review_design": gettext_lazy("Review of the design"),
    "build": gettext_lazy("Building of the customer's works"),
    "inspect_build": gettext_lazy("Inspection of what was built"),
    "contract": gettext_lazy("Supply contract"),
    "connect": gettext_lazy("Meter and connection"),
    "seal": gettext_lazy("Sealing on site"),
    "settle": gettext_lazy("Entry into billing"),
    "check": gettext_lazy("Check of the papers"),
}
DOCUMENTS: Mapping[str, str | Lazy] = {
    "application_form": gettext_lazy("application form, stamped"),
    "identity": gettext_lazy("business licence or other identity"),
    "premises": gettext_lazy("proof of the premises"),
    "project_approval": gettext_lazy("approval of the project"),
    "load_list": gettext_lazy("list of equipment with its load"),
    "agent": gettext_lazy("authority of the agent"),
    "change_registration": gettext_lazy("register's note of the change"),
    "use_proof": gettext_lazy("proof of the use of electricity"),
}


@register.filter
def application_step(code: str) -> str:
    """Name a step; one that the company added is named by its code."""
    return str(STEPS.get(code, code))


@register.filter
def document_words(code: str) -> str:
    """Name a document."""
    return str(DOCUMENTS.get(code, code))


def documents_list(codes: Iterable[str]) -> str:
    """Name several documents in one line."""
    return _(", ").join(document_words(code) for code in codes)
