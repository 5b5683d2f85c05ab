"""Made-up names, credit codes, telephone numbers and addresses, from our own lists.

Nobody is meant: the city does not exist, the division code 449900 is not given to any place, no operator
holds numbers that begin with 142, and mail addresses end in a name that is kept for examples (RFC 2606).
"""

from __future__ import annotations

import numpy as np
from stdnum.cn import uscc

CITY = "江海市"
DIVISION = "449900"
_FIRST = "恒瑞鼎盛嘉华润泰宏远金隆安信德正新兴博海天永辉景明和顺凯源宝昌利丰广联晟诚"
_SECOND = "达通源盛泰和丰业美佳德信华成兴荣发阳晖腾升创耀林川峰翔峻岳宁康裕茂森铭越航"
_SURNAMES = "李王张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
# Two characters each.
_GIVEN = (
    "建国志强海燕丽华伟明秀英国栋晓东雪梅永康文杰美玲俊峰慧敏立新春生玉兰少华振宇佳怡"
    "明辉红霞德胜婉婷家豪淑芬学军思远桂芳浩然小燕长青子涵庆华静怡世杰凤英宏伟雅琴卫东"
)
_GIVEN_NAMES = tuple(_GIVEN[at : at + 2] for at in range(0, len(_GIVEN), 2))
_ROADS = (
    "工业大道",
    "滨江路",
    "港前路",
    "科技路",
    "创业路",
    "兴业街",
    "沿海大道",
    "青溪路",
    "东环路",
    "石桥路",
)
_TRADES = tuple(first + second for first in _FIRST for second in _SECOND if first != second)
_STRIDE = 487  # prime and no divisor of the number of trade names: every name once, neighbours unlike each other
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def trade_name(number: int) -> str:
    """Return the `number`-th two-character trade name (字号); all differ below 1,360."""
    return _TRADES[number * _STRIDE % len(_TRADES)]


def company_name(trade: str, word: str) -> str:
    """Return the full name of a company of that trade name and business."""
    return f"{CITY}{trade}{word}有限公司"


def person_name(number: int) -> str:
    """Return the `number`-th name of a person."""
    surname = _SURNAMES[(number * 13 + number // 41) % len(_SURNAMES)]
    return surname + _GIVEN_NAMES[(number * 17 + number // 37) % len(_GIVEN_NAMES)]


def credit_code(register: str, number: int) -> str:
    """Return a credit code whose two check characters pass (GB 32100, and GB 11714 inside it).

    `number` is below 10,000,000.
    """
    body = f"M{number:07d}"
    total = sum(weight * int(place, 36) for weight, place in zip(_ORGANISATION_WEIGHTS, body, strict=True))
    organisation = body + "0123456789X"[-total % 11]
    code = f"{register}{DIVISION}{organisation}"
    return code + str(uscc.calc_check_digit(code))


def phone(number: int) -> str:
    """Return the `number`-th mobile number of the range that nobody holds."""
    return f"142{number:08d}"


def mail(number: int) -> str:
    """Return the `number`-th mail address."""
    return f"contact{number}@jianghai.example"


def address(district: str, rng: np.random.Generator) -> str:
    """Return a street address in the district."""
    return f"{CITY}{district}{_ROADS[int(rng.integers(len(_ROADS)))]}{int(rng.integers(1, 400))}号"
