"""Who may do what: roles, rights and how far a role sees. Plain Python; labels are in models.py.

Source: REQUIREMENTS "People", SYS-1 (分级权限).
"""

import math
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

UNNAMED_COMPANY = "公司"  # the company's unit until somebody names it


class Role(StrEnum):
    """What a member of staff is here for; a user may hold several."""

    MANAGER = "manager"  # 客户经理
    REPRESENTATIVE = "representative"  # 客户代表
    STATION = "station"  # 供电所
    PLANNER = "planner"  # 停电计划专责
    CREDIT = "credit"  # 电费信用专责
    SUPERVISOR = "supervisor"  # 大客户服务中心主任
    EXECUTIVE = "executive"  # 公司领导
    AUDITOR = "auditor"  # 审计
    ADMINISTRATOR = "administrator"  # 系统管理员


class Reach(StrEnum):
    """How far a role sees: its own accounts, the unit it belongs to with all below it, or nothing of customers."""

    OWN = "own"
    UNIT = "unit"
    NONE = "none"


REACH: dict[Role, Reach] = {
    Role.MANAGER: Reach.OWN,
    Role.REPRESENTATIVE: Reach.UNIT,
    Role.STATION: Reach.UNIT,
    Role.PLANNER: Reach.UNIT,
    Role.CREDIT: Reach.UNIT,
    Role.SUPERVISOR: Reach.UNIT,
    Role.EXECUTIVE: Reach.UNIT,
    Role.AUDITOR: Reach.UNIT,
    Role.ADMINISTRATOR: Reach.NONE,
}


class Right(StrEnum):
    """One thing that a role may or may not do. A view asks for exactly one."""

    ACCOUNTS_SEE = "accounts.see"
    ACCOUNTS_EDIT = "accounts.edit"
    ACCOUNTS_ASSIGN = "accounts.assign"
    ACCOUNTS_IMPORT = "accounts.import"
    ACCOUNTS_EXPORT = "accounts.export"
    CONTACT_REVEAL = "contact.reveal"
    READINGS_SEE = "readings.see"
    READINGS_IMPORT = "readings.import"
    TARIFFS_SEE = "tariffs.see"
    REPORTS_SEE = "reports.see"
    REPORTS_WRITE = "reports.write"
    REPORTS_REVIEW = "reports.review"
    REPORTS_BATCH = "reports.batch"
    STAFF_SEE = "staff.see"
    STAFF_EDIT = "staff.edit"
    ABSENCE_EDIT = "absence.edit"
    AUDIT_SEE = "audit.see"
    RULES_SEE = "rules.see"
    RULES_EDIT = "rules.edit"
    NOTIFY_SEE = "notify.see"
    NOTIFY_ACT = "notify.act"
    TEMPLATES_EDIT = "templates.edit"
    ROBOTS_EDIT = "robots.edit"
    STATUS_SEE = "status.see"
    NETWORK_SEE = "network.see"
    NETWORK_EDIT = "network.edit"
    OUTAGES_SEE = "outages.see"
    OUTAGES_PLAN = "outages.plan"
    OUTAGES_APPROVE = "outages.approve"
    OUTAGES_RUN = "outages.run"  # note on site that it has begun, that supply is back
    OUTAGES_ANSWER = "outages.answer"  # note what customers say, tries, acknowledgements
    RELIABILITY_SEE = "reliability.see"
    VISITS_SEE = "visits.see"
    VISITS_WRITE = "visits.write"
    VISITS_REVIEW = "visits.review"
    REQUESTS_SEE = "requests.see"
    REQUESTS_WORK = "requests.work"
    CREWS_EDIT = "crews.edit"
    DESK_EDIT = "desk.edit"
    TOKENS_EDIT = "tokens.edit"
    MONEY_SEE = "money.see"  # bills, payments, arrears, plans
    MONEY_POST = "money.post"  # take payments and bills in, reverse, remind, propose
    MONEY_APPROVE = "money.approve"  # the second person of plans, write-offs, limits
    CREDIT_SEE = "credit.see"  # grades and what is behind them, measures
    CREDIT_WORK = "credit.work"  # note facts, propose overrides and measures, run cases on the supply
    CREDIT_RULES = "credit.rules"  # draft the schemes
    CREDIT_APPROVE = "credit.approve"  # the second person; cases on the supply of ordinary users
    CREDIT_APPROVE_IMPORTANT = "credit.approve_important"  # cases on the supply of important users
    TIERS_SEE = "tiers.see"  # the money behind the grades, for executives


_READ = {
    Right.ACCOUNTS_SEE,
    Right.READINGS_SEE,
    Right.TARIFFS_SEE,
    Right.REPORTS_SEE,
    Right.RULES_SEE,
    Right.NETWORK_SEE,
    Right.OUTAGES_SEE,
    Right.RELIABILITY_SEE,
    Right.NOTIFY_SEE,
    Right.REQUESTS_SEE,
    Right.VISITS_SEE,
}
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.MANAGER: frozenset(
        _READ
        | {
            Right.ACCOUNTS_EDIT,
            Right.ACCOUNTS_EXPORT,
            Right.CONTACT_REVEAL,
            Right.READINGS_IMPORT,
            Right.REPORTS_WRITE,
            Right.REPORTS_REVIEW,
            Right.ABSENCE_EDIT,
            Right.REQUESTS_WORK,
            Right.VISITS_WRITE,
        }
    ),
    Role.REPRESENTATIVE: frozenset(
        _READ
        | {
            Right.ACCOUNTS_EDIT,
            Right.CONTACT_REVEAL,
            Right.REPORTS_WRITE,
            Right.NOTIFY_ACT,
            Right.REQUESTS_WORK,
            Right.DESK_EDIT,
            Right.VISITS_WRITE,
        }
    ),
    Role.STATION: frozenset(
        _READ
        | {
            Right.CONTACT_REVEAL,
            Right.OUTAGES_RUN,
            Right.READINGS_IMPORT,
            Right.REQUESTS_WORK,
            Right.CREWS_EDIT,
            Right.VISITS_WRITE,
        }
    ),
    Role.PLANNER: frozenset(
        _READ
        | {
            Right.CONTACT_REVEAL,
            Right.REQUESTS_WORK,
            Right.NETWORK_EDIT,
            Right.OUTAGES_PLAN,
            Right.OUTAGES_RUN,
            Right.NOTIFY_ACT,
            Right.TEMPLATES_EDIT,
            Right.STATUS_SEE,
        }
    ),
    Role.CREDIT: frozenset(
        _READ | {Right.ACCOUNTS_EXPORT, Right.CONTACT_REVEAL, Right.REPORTS_WRITE, Right.REQUESTS_WORK}
    ),
    Role.SUPERVISOR: frozenset(
        set(Right) - {Right.STAFF_EDIT, Right.AUDIT_SEE, Right.RULES_EDIT, Right.ROBOTS_EDIT, Right.TOKENS_EDIT}
    ),
    Role.EXECUTIVE: frozenset(_READ | {Right.ACCOUNTS_EXPORT, Right.STAFF_SEE}),
    Role.AUDITOR: frozenset(_READ | {Right.AUDIT_SEE, Right.STAFF_SEE, Right.STATUS_SEE}),
    Role.ADMINISTRATOR: frozenset(
        {
            Right.STAFF_SEE,
            Right.STAFF_EDIT,
            Right.RULES_SEE,
            Right.RULES_EDIT,
            Right.TARIFFS_SEE,
            Right.ROBOTS_EDIT,
            Right.TOKENS_EDIT,
            Right.STATUS_SEE,
        }
    ),
}

# Money: who sees it, who takes it in, who is the second person.
_MONEY = {
    Role.MANAGER: {Right.MONEY_SEE},
    Role.REPRESENTATIVE: {Right.MONEY_SEE},
    Role.CREDIT: {Right.MONEY_SEE, Right.MONEY_POST, Right.NOTIFY_ACT},
    Role.EXECUTIVE: {Right.MONEY_SEE},
    Role.AUDITOR: {Right.MONEY_SEE},
}
RIGHTS |= {role: RIGHTS[role] | more for role, more in _MONEY.items()}

# Credit: a manager sees the grades of the own accounts; the schemes are drafted by one role and released by another.
_CREDIT = {
    Role.MANAGER: {Right.CREDIT_SEE},
    Role.CREDIT: {Right.CREDIT_SEE, Right.CREDIT_WORK, Right.CREDIT_RULES, Right.TIERS_SEE},
    Role.EXECUTIVE: {Right.CREDIT_SEE, Right.CREDIT_APPROVE, Right.CREDIT_APPROVE_IMPORTANT, Right.TIERS_SEE},
    Role.AUDITOR: {Right.CREDIT_SEE, Right.TIERS_SEE},
}
RIGHTS |= {role: RIGHTS[role] | more for role, more in _CREDIT.items()}
RIGHTS[Role.SUPERVISOR] -= {Right.CREDIT_RULES, Right.CREDIT_APPROVE_IMPORTANT}

# Who looks after a customer notes what it says about an outage; the planner does so too. The supervisor may all.
for _role in (Role.MANAGER, Role.REPRESENTATIVE, Role.PLANNER):
    RIGHTS[_role] |= {Right.OUTAGES_ANSWER}


def rights_of(roles: frozenset[Role]) -> frozenset[Right]:
    """Join the rights of all `roles`."""
    return frozenset().union(*(RIGHTS[role] for role in roles)) if roles else frozenset()


def reach_of(roles: frozenset[Role]) -> Reach:
    """Return the widest reach among `roles`; no role sees nothing."""
    reaches = {REACH[role] for role in roles}
    for reach in (Reach.UNIT, Reach.OWN):
        if reach in reaches:
            return reach
    return Reach.NONE


def holds_on(valid_from: date, valid_until: date | None, day: date) -> bool:
    """Tell whether the half-open period `[valid_from, valid_until)` holds on `day`; no end means open."""
    return valid_from <= day and (valid_until is None or day < valid_until)


GUESSES_PER_HOUR = 10
GUESSES_FREE = 3  # from here on each guess waits twice as long as the one before


def guess_wait(taken: Sequence[float], now: float) -> int:
    """Return how many whole seconds to wait before the next guess at a password; 0 means go on.

    `taken`: seconds since 1970 of earlier guesses, oldest first. At most ten in any hour; after the third the wait
    doubles from 1 s. Source: RELIABILITY S5 and 3.8.
    """
    recent = guesses_of_hour(taken, now)
    if len(recent) >= GUESSES_PER_HOUR:
        return max(math.ceil(recent[-GUESSES_PER_HOUR] + 3600 - now), 1)
    if len(recent) >= GUESSES_FREE:
        return max(math.ceil(recent[-1] + (1 << (len(recent) - GUESSES_FREE)) - now), 0)
    return 0


def guesses_of_hour(taken: Sequence[float], now: float) -> list[float]:
    """Return those of `taken` that are less than an hour old."""
    return [at for at in taken if now - at < 3600]


# What an administrator and an auditor may not be at once (三员分立): who makes the rights does not check their use.
APART: tuple[frozenset[Role], ...] = (frozenset({Role.ADMINISTRATOR, Role.AUDITOR}),)


def roles_clash(roles: frozenset[Role]) -> frozenset[Role]:
    """Return the roles among `roles` that one person must not hold together; empty where all may.

    Source: DOMAIN 12.2, separation of administrators.
    """
    for apart in APART:
        if apart <= roles:
            return apart
    return frozenset()
