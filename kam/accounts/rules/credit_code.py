"""The unified social credit code (统一社会信用代码, GB 32100-2015)."""

from enum import StrEnum

from stdnum.cn import uscc
from stdnum.exceptions import InvalidChecksum, ValidationError


class Verdict(StrEnum):
    """What a code is worth. `WRONG_CHECK` warns and may be kept: registers issued such codes (DATA 16)."""

    OK = "ok"
    WRONG_CHECK = "wrong_check"
    MALFORMED = "malformed"


def normal(text: str) -> str:
    """Return the code as it is stored: capitals, no spaces or dashes, full-width characters made plain."""
    return uscc.compact(_plain(text))


def verdict(text: str) -> Verdict:
    """Judge a credit code. Source: DOMAIN 13.1; vectors in DATA 16."""
    try:
        uscc.validate(_plain(text))
    except InvalidChecksum:
        return Verdict.WRONG_CHECK
    except ValidationError:
        return Verdict.MALFORMED
    return Verdict.OK


def with_check(first_17: str) -> str:
    """Complete the first 17 characters with their check character."""
    return first_17 + str(uscc.calc_check_digit(first_17))


def _plain(text: str) -> str:
    # Full-width digits and letters come from input methods; they are 0xFEE0 above the plain ones.
    return "".join(chr(ord(c) - 0xFEE0) if 0xFF01 <= ord(c) <= 0xFF5E else c for c in text).strip().upper()
