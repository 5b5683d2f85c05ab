"""What binds an encrypted value to its row (kam.lib.encryption)."""


def address_place(pk: int) -> str:
    """Return the place of a delivery's address."""
    return f"notifications.delivery.address.{pk}"


def robot_place(pk: int) -> str:
    """Return the place of a robot's address."""
    return f"notifications.chatrobot.url.{pk}"
