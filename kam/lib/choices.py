"""What a form offers to choose from, where that depends on who asks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet


def offer(form: forms.BaseForm, name: str, options: QuerySet[Any] | Iterable[tuple[Any, Any]]) -> None:
    """Let the field `name` offer `options`: rows of a scoped queryset, or pairs of value and label.

    Raises `TypeError` for a field that offers nothing, or not this kind of thing.
    """
    field = form.fields[name]
    if isinstance(field, forms.ModelChoiceField):
        if not isinstance(options, QuerySet):
            raise TypeError(f"{name} offers rows, not pairs")
        field.queryset = options
    elif isinstance(field, forms.ChoiceField):
        field.choices = list(options)
    else:
        raise TypeError(f"{name} offers nothing to choose from")
