"""The description of the door for other systems."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_GET

from kam.lib.openapi import document


@login_not_required
@require_GET
def openapi(request: HttpRequest) -> JsonResponse:
    """Show the OpenAPI document; it names no customer."""
    return JsonResponse(document(settings.PUBLIC_URL))
