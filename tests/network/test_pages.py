"""The network's pages: the tree, a line with its picture, forms that leave an audit entry (OUT-4)."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from kam.core.models import AuditEntry
from kam.network.models import Line, Substation, SupplyPoint
from kam.network.rules.impact import Effect
from tests.cast import Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    substation = Substation.objects.create(code="B1", name="东湖变", unit=cast.station, voltage_kv=Decimal(110))
    trunk = Line.objects.create(
        code="L1", name="甲线", unit=cast.station, voltage_kv=Decimal(10), substation=substation
    )
    Line.objects.create(code="L2", name="甲线一支线", unit=cast.station, voltage_kv=Decimal(10), parent=trunk)
    SupplyPoint.objects.create(account=cast.account, name="主供", line=Line.objects.get(code="L2"), kva=2000)
    SupplyPoint.objects.create(account=cast.other_account, name="主供", line=trunk, kva=800)
    return cast


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_the_tree_counts_what_hangs_on_each_line(cast: Cast, django_assert_max_num_queries):
    client = signed_in(cast.planner)
    with django_assert_max_num_queries(16):
        answer = client.get(reverse("network:tree"))
    (branch,) = answer.context["branches"]
    assert [(node.line.code, node.accounts, node.depth) for node in branch.substations[0].lines] == [
        ("L1", 2, 0),
        ("L2", 1, 1),
    ]


def test_a_line_draws_what_the_reader_may_see_and_tells_of_the_rest(cast: Cast):
    answer = signed_in(cast.planner).get(reverse("network:line", args=[Line.objects.get(code="L1").pk]))
    page = answer.content.decode()
    assert cast.account.name in page
    assert cast.other_account.name not in page
    assert answer.context["elsewhere"] == 1
    assert [row.kind for row in answer.context["picture"].rows] == ["line", "line", "point"]


def test_a_substation_tells_whom_its_outage_would_hit(cast: Cast):
    answer = signed_in(cast.planner).get(reverse("network:substation", args=[Substation.objects.get().pk]))
    page = answer.content.decode()
    assert cast.account.name in page
    assert cast.other_account.name not in page
    assert (answer.context["elsewhere"], dict(answer.context["counts"])) == (1, {Effect.SUPPLY_LOST: 1})
    assert reverse("outages:create") in page
    assert reverse("outages:create") not in signed_in(cast.li).get(answer.request["PATH_INFO"]).content.decode()


def test_an_edit_is_checked_and_on_the_record(cast: Cast):
    client = signed_in(cast.planner)
    trunk, branch = Line.objects.get(code="L1"), Line.objects.get(code="L2")
    given = {"code": "L1", "name": "甲线", "voltage_kv": "10", "unit": cast.station.pk, "parent": branch.pk}
    page = client.post(reverse("network:line_edit", args=[trunk.pk]), given)
    assert page.context["form"].errors["parent"]
    given |= {"parent": "", "name": "甲甲线"}
    assert client.post(reverse("network:line_edit", args=[trunk.pk]), given).status_code == 302
    assert Line.objects.get(pk=trunk.pk).name == "甲甲线"
    assert "甲甲线" in AuditEntry.objects.get(action="network.line_edited").body


def test_a_supply_point_is_put_on_another_line(cast: Cast):
    point = SupplyPoint.objects.get(account=cast.account)
    given = {"line": Line.objects.get(code="L1").pk, "role": "STANDBY", "changeover": "MANUAL", "kva": "500"}
    assert signed_in(cast.planner).post(reverse("network:point_edit", args=[point.pk]), given).status_code == 302
    point.refresh_from_db()
    assert point.line is not None
    assert (point.line.code, point.role, point.changeover, point.kva) == ("L1", "STANDBY", "MANUAL", Decimal(500))
    assert AuditEntry.objects.get(action="network.point_edited").account_id == cast.account.pk
