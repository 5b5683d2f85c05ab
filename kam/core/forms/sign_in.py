"""The second factor's form: guesses counted across processes, a used code refused."""

from __future__ import annotations

from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from kam.core import actions
from kam.core.access import sign_in
from kam.lib import clock


class CodeGuard:
    """Mixed into allauth's two code forms. Its own memory of used codes is one process's; ours is the database's."""

    def clean_code(self) -> str:
        user = self.user  # type: ignore[attr-defined]
        key = actions.bucket_key(
            username=f"factor:{user.username}", device=sign_in.known_device(context.request, user.username)
        )
        sign_in.take_guess(key)
        code = str(super().clean_code())  # type: ignore[misc]
        if not actions.spend_code(user_id=user.pk, code=code, at=clock.now()):
            raise ValidationError(_("This code was used already. Wait for the next one."), code="used")
        actions.give_back_guess(key=key)
        return code


class CodeForm(CodeGuard, AuthenticateForm):  # type: ignore[misc]
    """At sign-in."""


class CodeAgainForm(CodeGuard, ReauthenticateForm):  # type: ignore[misc]
    """Before something that needs the person once more."""
