"""What binds an encrypted value to its row (kam.lib.encryption)."""


def address_place(pk: int) -> str:
    """Return the place of a delivery's address."""
    return f"notifications.delivery.address.{pk}"


def file_place(pk: int) -> str:
    """Return the place of a file's content."""
    return f"notifications.messagefile.content.{pk}"


def robot_place(pk: int) -> str:
    """Return the place of a robot's address."""
    return f"notifications.chatrobot.url.{pk}"
