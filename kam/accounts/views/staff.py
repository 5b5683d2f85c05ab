"""Whom a form may offer as manager or representative."""

from django.db.models import QuerySet

from kam.core.models import User
from kam.core.rules import Role


def staff_choices(user: User) -> QuerySet[User]:
    """Return active managers, representatives and station staff within `user`'s reach."""
    roles = [Role.MANAGER, Role.REPRESENTATIVE, Role.STATION, Role.SUPERVISOR]
    return User.objects.visible_to(user).holding(*roles).order_by("name", "pk")
