"""Phone numbers and mail addresses: how they are compared, and how they are shown to who may not see them."""

import re
import unicodedata


def normal_phone(text: str) -> str:
    """Return digits alone, with `+` and the country where it is not China; empty where it is no number.

    138-1234-5678 and +86 138 1234 5678 are one number; 0512-6512345-801 keeps its extension's digits.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    digits = re.sub(r"\D", "", plain)
    if plain.startswith("+"):
        foreign = not digits.startswith("86")
        digits = digits if foreign else digits[2:]
        return f"+{digits}" if foreign and digits else digits
    if digits.startswith("0086"):
        return digits[4:]
    return digits


def is_phone(normal: str) -> bool:
    """Tell whether a normalised text can be a phone number: 5 (short service lines) to 20 digits."""
    return 5 <= len(normal.lstrip("+")) <= 20


def masked_phone(normal: str) -> str:
    """Show the first three and last four digits of a number, less of a short one: 138****5678."""
    if len(normal) >= 11:
        return f"{normal[:3]}****{normal[-4:]}"
    return f"****{normal[-4:]}" if len(normal) >= 7 else f"****{normal[-2:]}" if normal else ""


def normal_mail(text: str) -> str:
    """Return a mail address as it is compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def masked_mail(normal: str) -> str:
    """Show the first letter and the domain: w***@example.cn."""
    name, at, domain = normal.rpartition("@")
    return f"{name[:1]}***@{domain}"[:80] if at else ""
