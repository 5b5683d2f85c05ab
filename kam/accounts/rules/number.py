"""What an account number (户号) may look like."""

import re

MOST = 32
_SHAPE = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")
# Addresses that stand beside those of the accounts: an account of such a number could never be opened.
RESERVED = frozenset({"new", "import", "export", "search", "groups", "handover", "views"})


def is_number(text: str) -> bool:
    """Tell whether `text` can be an account number: digits, letters and `_ . -` behind the first, at most 32."""
    return len(text) <= MOST and bool(_SHAPE.fullmatch(text)) and text not in RESERVED
