"""The made-up company's requests: in every state, with a complaint, a fault with a crew, an application under way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from kam.accounts.models import Account, Contact
from kam.core.models import User
from kam.lib import clock
from kam.outage_planning.models import Crew
from kam.reports.actions.demo.people import Station
from kam.service_desk.actions import applications, call_backs, handovers, pauses, repair, requests
from kam.service_desk.models import Note, Request
from kam.service_desk.rules.working_time import is_workday

# kind, text, answer, stars or 0 for not content, days ago
_PAST: tuple[tuple[str, str, str, int, int], ...] = (
    (
        "QUESTION",
        "上月电费比去年同期高，请核对峰谷电量。",
        "经核对，上月尖峰用电增加，计算无误，已附分时电量明细。",
        5,
        26,
    ),
    ("QUESTION", "力率调整电费怎么计算的？", "上月功率因数 0.87，低于标准 0.90，加收 1.5%，建议检查无功补偿。", 4, 21),
    (
        "COMPLAINT",
        "停电改期没有通知生产调度，造成停机。",
        "情况属实，已补录调度联系人，谨致歉意。",
        4,
        18,
    ),
    ("FAULT", "高压室进线失压，全厂停电。", "站外电缆分支箱进水，已更换电缆头，恢复供电。", 5, 15),
    ("SUGGESTION", "希望停电通知提前发到企业微信群。", "已将贵公司工作群纳入通知渠道，自下月起执行。", 5, 12),
    ("PRAISE", "抢修人员雨夜到场很快，表示感谢。", "感谢您的肯定，已转达抢修班组。", 5, 9),
    ("QUESTION", "需量核定值能否按月变更？", "可以，每月可申请变更一次，请提前 5 个工作日提交申请。", 0, 7),
)


def take_requests(*, stations: Sequence[Station], accounts: Sequence[Account], at: datetime) -> int:
    """Take requests of `accounts`, which the first station's first manager holds; returns how many."""
    if not accounts:
        return 0
    desk = _Desk(stations, list(accounts), at)
    desk.past()
    desk.present()
    desk.fault_now()
    desk.application()
    return Request.objects.count()


class _Desk:
    """Who works at the desk, and the accounts that they hear from."""

    def __init__(self, stations: Sequence[Station], accounts: list[Account], at: datetime) -> None:
        self.station, self.accounts, self.at = stations[0], accounts, at
        self.manager, self.representative = stations[0].managers[0], stations[0].representative
        self.crews = self._crews(stations)

    def account(self, number: int) -> Account:
        return self.accounts[number % len(self.accounts)]

    def contact(self, account: Account) -> Contact | None:
        found: Contact | None = Contact.objects.filter(account=account, active=True).order_by("role", "pk").first()
        return found

    def take(self, number: int, kind: str, text: str, at: datetime, *, by: User | None, **more: object) -> Request:
        account = self.account(number)
        fields = {"source": "HOTLINE", "contact": self.contact(account), **more}
        return requests.take(account=account, kind=kind, text=text, by=by, at=at, **fields)  # type: ignore[arg-type]

    def _crews(self, stations: Sequence[Station]) -> list[Crew]:
        """Make the crews that plan work go out to faults as well, each with its station's own staff."""
        found = []
        places = ((31.98, 120.89, "城中供电所"), (32.05, 120.82, "港口供电所"), (31.94, 121.02, "东郊供电所"))
        for (latitude, longitude, base), station in zip(places, stations[:3], strict=False):
            crew = Crew.objects.filter(unit=station.unit).order_by("pk").first()
            code, name = (crew.code, crew.name) if crew else (f"QX-{station.unit.code}", "抢修班")
            found.append(
                repair.save_crew(
                    crew=crew,
                    code=code,
                    name=name,
                    unit=station.unit,
                    base=base,
                    latitude=latitude,
                    longitude=longitude,
                    on_duty=True,
                    members=[station.staff],
                    by=station.staff,
                    at=self.at,
                )
            )
        return found

    def past(self) -> None:
        """Closed ones with their ratings, and one that was opened again."""
        for number, (kind, text, answer, stars, days) in enumerate(_PAST):
            begun = _office_hour(self.at - timedelta(days=days), 9)
            row = self.take(number, kind, text, begun, by=self.representative, owner=self.manager)
            requests.take_in_hand(
                request=row, by=self.manager, at=begun + timedelta(minutes=3 if kind == "FAULT" else 25)
            )
            if kind == "FAULT":
                self._repaired(row, begun)
            talk = begun + timedelta(hours=2)
            requests.note(request=row, kind=Note.Kind.CONTACT, text="已电话联系核实。", by=self.manager, at=talk)
            said = begun + timedelta(hours=5 if kind == "FAULT" else 30)
            requests.answer(request=row, text=answer, by=self.manager, at=said)
            call_backs.note_call(
                request=row,
                reached=True,
                content=stars > 0,
                stars=stars or 2,
                words="" if stars else "没有说明申请渠道，请再答复。",
                by=self.representative,
                at=said + timedelta(hours=20),
            )

    def _repaired(self, row: Request, begun: datetime) -> None:
        who = self.station.staff
        job = repair.send(request=row, crew=self.crews[0], by=self.representative, at=begun + timedelta(minutes=4))
        there = begun + timedelta(minutes=27)
        repair.arrive(job=job, latitude=31.981, longitude=120.902, by=who, at=there)
        repair.finish(
            job=job,
            cause="电缆分支箱进水",
            result="更换电缆终端头，试送正常。",
            latitude=31.981,
            longitude=120.902,
            by=who,
            at=begun + timedelta(hours=3, minutes=10),
        )

    def present(self) -> None:
        """What is open now: new, assigned, in hand, paused, answered, a complaint, a handover, a double."""
        at, manager, desk = self.at, self.manager, self.representative
        self.take(1, "QUESTION", "想了解分时电价调整对我厂的影响。", at - timedelta(minutes=50), by=None, source="MAIL")
        told = at - timedelta(hours=20)
        self.take(2, "COMPLAINT", "电压波动频繁，设备多次跳机，上月已反映过。", told, by=desk, owner=manager)
        held = self.take(3, "QUESTION", "申请核对关口表计度。", at - timedelta(days=2), by=manager)
        yesterday, lately = at - timedelta(days=1), at - timedelta(hours=5)
        pauses.pause(request=held, reason="CUSTOMER", text="等客户提供停电窗口拆表", by=manager, at=yesterday)
        done = self.take(4, "SUGGESTION", "建议用能报告增加碳排放分项。", at - timedelta(days=3), by=manager)
        requests.answer(request=done, text="已列入下季度报告模板。", by=manager, at=yesterday)
        given = self.take(5, "QUESTION", "备用变压器投运后基本电费如何计收？", at - timedelta(hours=6), by=manager)
        handovers.offer(request=given, taker=desk, reason="涉及电价政策，请营业窗口答复", by=manager, at=lately)
        staff = self.station.staff
        handovers.ask_help(request=given, user=staff, ask="现场核实备用变是否加封", by=manager, at=lately)

    def fault_now(self) -> None:
        """A fault with a crew on its way, and one that nobody was sent to yet."""
        begun = self.at - timedelta(minutes=12)
        row = self.take(
            0,
            "FAULT",
            "2 号变压器高压侧跌落，部分车间停电。",
            begun,
            by=self.representative,
            owner=self.manager,
            place="TOWN",
            latitude=31.995,
            longitude=120.87,
        )
        repair.send(request=row, crew=self.crews[0], by=self.representative, at=begun + timedelta(minutes=5))
        self.take(
            6,
            "FAULT",
            "厂区专线闪停两次，请检查。",
            self.at - timedelta(minutes=4),
            by=self.representative,
            place="COUNTRY",
            latitude=32.03,
            longitude=120.84,
        )

    def application(self) -> None:
        """More capacity: accepted, surveyed, two schemes that the customer is to choose from."""
        at, account, manager = self.at - timedelta(days=9), self.account(0), self.manager
        row = applications.apply(
            account=account,
            kind="MORE_CAPACITY",
            supply="HV_SINGLE",
            text="新增一条生产线，申请增容。",
            source="VISIT",
            kva_before=account.contract_kva,
            kva_wanted=(account.contract_kva or Decimal(1000)) + Decimal(1250),
            wanted_from=None,
            wanted_until=None,
            contact=self.contact(account),
            by=manager,
            at=at,
        )
        spoke = at + timedelta(hours=1)
        requests.note(request=row.request, kind=Note.Kind.CONTACT, text="已一次性告知所需资料。", by=manager, at=spoke)
        for paper in row.documents.filter(needed=True):
            applications.give_document(document=paper, attachment=None, by=manager, at=at + timedelta(hours=2))
            applications.judge_document(document=paper, accepted=True, note="", by=manager, at=at + timedelta(hours=2))
        applications.finish_step(application=row, code="accept", note="", by=manager, at=at + timedelta(hours=3))
        visit = _office_hour(at + timedelta(days=2), 14)
        ahead, _sent = applications.propose(
            application=row,
            starts_at=visit,
            ends_at=visit + timedelta(hours=2),
            surveyor=self.station.staff,
            by=manager,
            at=at + timedelta(hours=4),
        )
        applications.note_survey(
            appointment=ahead,
            finding="厂区北侧有 10 kV 公用线路可接入，新建箱变位置满足安全距离。",
            latitude=31.992,
            longitude=120.881,
            by=self.station.staff,
            at=visit + timedelta(hours=1),
        )
        applications.finish_step(application=row, code="survey", note="", by=manager, at=visit + timedelta(hours=2))
        schemes = (
            ("方案一：原专线增容", "386000", 18, "原线路载流量满足，更换计量互感器。"),
            ("方案二：新出一回专线", "1280000", 45, "新出 10 kV 电缆 1.8 km，可靠性更高。"),
        )
        for title, cost, workdays, text in schemes:
            applications.add_scheme(
                application=row,
                title=title,
                line=None,
                voltage_kv=Decimal(10),
                kva=row.kva_wanted or Decimal(1250),
                metering="高供高计",
                cost_yuan=Decimal(cost),
                workdays=workdays,
                text=text,
                by=manager,
                at=visit + timedelta(days=1),
            )
        applications.finish_step(
            application=row, code="scheme", note="两个方案已答复", by=manager, at=visit + timedelta(days=1, hours=1)
        )
        applications.offer_schemes(application=row, by=manager, at=visit + timedelta(days=1, hours=1))


def _office_hour(at: datetime, hour: int) -> datetime:
    """Return `hour` o'clock of the workday of `at` or the one before."""
    found = at.astimezone(clock.zone()).replace(hour=hour, minute=10, second=0, microsecond=0)
    while not is_workday(found.date()):
        found -= timedelta(days=1)
    return found
