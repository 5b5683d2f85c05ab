"""One thing done to a row from its page: check the right, bind the form, do it, say what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest

from kam.billing.templatetags.money import REFUSALS, problem_words
from kam.core import access
from kam.core.rules import Right


@dataclass(frozen=True)
class Act:
    """`form` makes the bound form; `run` does it with the cleaned data and returns what to say."""

    right: Right
    form: Callable[..., forms.Form]
    run: Callable[..., str]
    facts: dict[str, Any] = field(default_factory=dict)


def act(request: HttpRequest, acts: Mapping[str, Act]) -> tuple[str, forms.Form | None]:
    """Do what the form names in `do`. Returns its name and, where it was not done, the form with what is wrong.

    404 where nothing of that name can be done.
    """
    name = request.POST.get("do", "")
    if name not in acts:
        raise Http404
    one = acts[name]
    access.check(request, one.right)
    form = one.form(request.POST, **one.facts)
    if form.is_valid():
        try:
            messages.success(request, one.run(form.cleaned_data))
        except REFUSALS as refusal:
            form.add_error(None, problem_words(refusal))
        else:
            return name, None
    return name, form
