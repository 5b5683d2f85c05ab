"""Credit codes, search texts, industries, phones (ACC-1, DATA 15, DATA 16, DOMAIN 13)."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.urls import URLResolver, get_resolver

from kam.accounts.rules import contact_text, credit_code, industry, search_text
from kam.accounts.rules.credit_code import Verdict
from kam.accounts.rules.number import RESERVED, is_number


@pytest.mark.parametrize(
    "code, expected",
    [
        ("91350100M000100Y43", Verdict.OK),  # DOMAIN 13.1
        ("91370100MA3ABCDE1G", Verdict.OK),
        (" 91350100m000100y43 ", Verdict.OK),
        ("９１３５０１００Ｍ０００１００Ｙ４３", Verdict.OK),
        ("91350100M00001**0**Y43".replace("*", ""), Verdict.WRONG_CHECK),  # two digits swapped
        ("91350100M000100Y34", Verdict.WRONG_CHECK),
        ("91110000600037341L", Verdict.OK),
        ("91110000600037341N", Verdict.WRONG_CHECK),
        ("91350211M00013FA1N", Verdict.WRONG_CHECK),  # issued early: warned about, never refused
        ("9111000060003IOZSV", Verdict.MALFORMED),
        ("A1110000600037341L", Verdict.MALFORMED),
        ("320000000000012", Verdict.MALFORMED),
        ("", Verdict.MALFORMED),
    ],
)
def test_credit_code_is_judged(code, expected):
    assert credit_code.verdict(code) == expected


def test_all_vectors_of_real_codes(real_data):
    with (Path(real_data) / "uscc" / "uscc_vectors.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    wrong = [row["code"] for row in rows if (credit_code.verdict(row["code"]) == Verdict.OK) != (row["valid"] == "1")]
    assert (len(rows), wrong) == (66, [])


def test_check_character_completes_a_code():
    assert credit_code.with_check("91350100M000100Y4") == "91350100M000100Y43"


def test_every_industry_code_finds_its_section(real_data):
    with (Path(real_data) / "gbt4754" / "gbt4754_2017.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        if row["level"] == "0":
            assert industry.SECTIONS[row["code"]].zh == row["name"]
        else:
            assert industry.section_of(row["code"]) == row["section"], row["code"]
        if row["level"] == "1":
            assert industry.name_of(row["code"], chinese=True) == row["name"]
    assert (len(industry.SECTIONS), len(industry.DIVISIONS)) == (20, 97)


def test_industry_names_and_spans():
    assert industry.section_of("3120") == "C"
    assert industry.name_of("3120", chinese=True) == "黑色金属冶炼和压延加工业"
    assert industry.name_of("3120", chinese=False) == "Iron and steel"
    assert industry.name_of("C", chinese=False) == "Manufacturing"
    assert industry.name_of("0011", chinese=True) == ""
    assert industry.span_of("C") == ("13", "44")
    with pytest.raises(industry.UnknownIndustry):
        industry.section_of("9900")
    with pytest.raises(industry.UnknownIndustry):
        industry.span_of("Z")


def test_fold_leaves_letters_and_digits():
    assert search_text.fold("ＡＢＣ（苏州） 科技-3") == "abc苏州科技3"


@pytest.mark.parametrize(
    "text, expected",
    [
        ("连云港特钢", "lygtg"),
        ("连云港", "lyg"),
        ("重庆银行", "cqyh"),
        ("ABC科技（苏州）", "abckjsz"),
        ("长春一汽", "ccyq"),
    ],
)
def test_pinyin_initials(text, expected):
    assert search_text.initials(text) == expected


def contains(text: str, part: str) -> bool:
    """What the index answers: the wanted pieces stand side by side among the stored ones."""
    stored, pieces = search_text.grams(text), search_text.wanted(part)
    return bool(pieces) and any(stored[i : i + len(pieces)] == pieces for i in range(len(stored) - len(pieces) + 1))


@pytest.mark.parametrize("text", ["连云港东湖特钢有限公司", "3200001", "91350100m000100y43", "abc科技2号", "ab"])
def test_every_part_of_two_characters_or_more_is_found(text):
    for i in range(len(text)):
        for j in range(i + 2, len(text) + 1):
            part = text[i:j]
            if part.isascii() and len(part) >= 4 and not text.isascii():
                continue  # covered by the next test
            assert contains(text, part), part
    assert not contains(text, "zq")


def test_plain_stretches_inside_mixed_texts_are_found():
    assert contains("苏州abcd12科技", "bcd1")
    assert contains("苏州abcd12科技", "abcd12")
    assert not contains("苏州abcd12科技", "abcd13")


def test_one_character_finds_nothing():
    assert search_text.wanted("钢") == []
    assert search_text.grams("钢") == ["钢"]


@pytest.mark.parametrize("text", ["138-1234-5678", "+86 138 1234 5678", "0086 13812345678", "１３８１２３４５６７８"])
def test_one_number_is_written_in_many_ways(text):
    assert contact_text.normal_phone(text) == "13812345678"


def test_phones_and_mail_are_masked():
    assert contact_text.masked_phone("13812345678") == "138****5678"
    assert contact_text.masked_phone("6512345") == "****2345"
    assert contact_text.masked_phone("95598") == "****98"
    assert contact_text.masked_phone("") == ""
    assert contact_text.masked_mail("wang@example.cn") == "w***@example.cn"
    assert contact_text.normal_phone("+49 30 123456") == "+4930123456"
    assert contact_text.is_phone("95598")
    assert not contact_text.is_phone("123")


def addresses(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            yield from addresses(entry, before + str(entry.pattern))
        else:
            yield before + str(entry.pattern)


def test_no_account_number_is_the_address_of_another_page():
    beside = {address.split("/")[1] for address in addresses(get_resolver()) if address.startswith("accounts/")}
    assert {word for word in beside if word and "<" not in word} == RESERVED
    assert not any(is_number(word) for word in RESERVED)


@pytest.mark.parametrize(
    ("text", "good"), [("3200-1.A_b", True), ("", False), ("..", False), ("a/b", False), ("1" * 33, False)]
)
def test_account_numbers(text, good):
    assert is_number(text) == good
