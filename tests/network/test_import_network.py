"""A network file is taken in by code and account number, in either language, every refused row explained (SYS-5)."""

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from kam.core.models import AuditEntry
from kam.network.models import Line, Substation, SupplyPoint
from tests.cast import make_cast

pytestmark = pytest.mark.django_db

FILE = """类型,编号,名称,电压等级,变电站,上级线路,运维单位,户号,线路,供电方式,切换方式,容量
线路,XL2,东湖一支线,10千伏,,XL1,东湖供电所,,,,,
供电点,,东湖一支,,,,,3200001,XL2,主供,无,"2,000 kVA"
供电点,,西山备用,,,,,3200001,XL3,备用,自动,1000
变电站,BD1,东湖变,110,,,城东供电分公司,,,,,
线路,XL1,东湖甲线,10,BD1,,东湖供电所,,,,,
线路,XL3,西山线,10,,,西山供电所,,,,,
线路,XL3,西山线又一次,10,,,,,,,,
线路,XL4,自己的支线,10,,XL4,,,,,,
线路,XL5,远方线,10,BD9,,,,,,,
供电点,,某点,,,,,9999999,XL1,主供,,
母线,X,,,,,,,,,,
线路,XL6,,十千伏,,,,,,,,
"""


def take_in(path: Path) -> dict[str, Any]:
    out = io.StringIO()
    call_command("import_network", str(path), "--json", stdout=out)
    told: dict[str, Any] = json.loads(out.getvalue())
    return told


@pytest.fixture
def file(tmp_path: Path) -> Path:
    make_cast()
    path = tmp_path / "network.csv"
    path.write_text(FILE, encoding="gb18030")
    return path


def test_rows_are_written_from_the_top_down_and_refused_ones_explained(file: Path):
    told = take_in(file)
    assert told["rows_read"] == 12
    assert told["substations"] == {"created": 1, "updated": 0, "unchanged": 0}
    assert told["lines"]["created"] == 3
    assert told["supply_points"]["created"] == 2
    assert [(one["row"], one["column"], one["code"]) for one in told["rejects"]] == [
        (8, "code", "twice"),
        (9, "parent", "in_a_circle"),
        (10, "substation", "unknown_substation"),
        (11, "account_no", "unknown_account"),
        (12, "kind", "unknown_kind"),
        (13, "name", "missing"),
    ]
    assert told["rejected"] == 6
    line = Line.objects.get(code="XL2")
    assert line.parent is not None
    assert line.parent.substation == Substation.objects.get(code="BD1")
    point = SupplyPoint.objects.get(name="西山备用")
    assert (point.role, point.changeover, point.kva) == ("STANDBY", "AUTOMATIC", Decimal(1000))
    assert AuditEntry.objects.filter(action="network.taken_in").count() == 1


def test_the_same_file_twice_changes_nothing(file: Path):
    take_in(file)
    told = take_in(file)
    assert [told[kind] for kind in ("substations", "lines", "supply_points")] == [
        {"created": 0, "updated": 0, "unchanged": count} for count in (1, 3, 2)
    ]


def test_a_later_file_may_not_tie_lines_into_a_circle(file: Path, tmp_path: Path):
    take_in(file)
    later = tmp_path / "later.csv"
    later.write_text("kind,code,name,voltage_kv,parent\nline,XL1,东湖甲线,10,XL2\n", encoding="utf-8")
    assert take_in(later)["rejects"][0]["code"] == "in_a_circle"


def test_what_is_not_such_a_table_is_refused_whole(tmp_path: Path):
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CommandError) as error:
        call_command("import_network", str(path), "--json")
    assert error.value.returncode == 2
