"""Ways to reach somebody, and where a message and each of its deliveries stands (RELIABILITY 3.1)."""

from enum import StrEnum


class Channel(StrEnum):
    """One way to a person. The first four are sent by the relay, the last two are done by people."""

    SMS = "SMS"
    MAIL = "MAIL"
    CHAT = "CHAT"  # 企业微信、钉钉、飞书 robots
    APP = "APP"  # a member of staff, in this system
    CALL = "CALL"  # the call list
    PAPER = "PAPER"  # a paper notice, signed for (签收)


NETWORK = (Channel.SMS, Channel.MAIL, Channel.CHAT)
BY_HAND = (Channel.CALL, Channel.PAPER)


class DeliveryState(StrEnum):
    """Where one delivery stands."""

    WAITING = "WAITING"  # its turn has not come
    PENDING = "PENDING"  # to be sent
    UNKNOWN = "UNKNOWN"  # it left, and no answer came: asked for before anything else is done
    SENT = "SENT"  # the gateway has it, the task is on the list
    DELIVERED = "DELIVERED"  # proven
    FAILED = "FAILED"  # refused for a reason that trying again does not cure
    DEAD = "DEAD"  # tried until its time was over
    SPARED = "SPARED"  # another channel reached the person first
    WITHDRAWN = "WITHDRAWN"  # taken back before it left


class MessageState(StrEnum):
    """Where a message stands as a whole."""

    OPEN = "OPEN"
    PROVEN = "PROVEN"  # there is proof that it arrived
    HANDED_OVER = "HANDED_OVER"  # sent, and no proof was asked for
    WITHDRAWN = "WITHDRAWN"
    UNREACHED = "UNREACHED"  # every way was tried and a person gave it up


_D = DeliveryState
DELIVERY_MOVES: dict[str, frozenset[str]] = {
    _D.WAITING: frozenset({_D.PENDING, _D.SPARED, _D.WITHDRAWN}),
    # PENDING to DELIVERED: a receipt may be faster than our own note that it was sent.
    _D.PENDING: frozenset({_D.SENT, _D.DELIVERED, _D.FAILED, _D.UNKNOWN, _D.DEAD, _D.SPARED, _D.WITHDRAWN}),
    _D.UNKNOWN: frozenset({_D.PENDING, _D.SENT, _D.DELIVERED, _D.FAILED, _D.DEAD}),
    # SENT to SPARED: a call or a paper notice still to be made; what has left is never spared.
    _D.SENT: frozenset({_D.DELIVERED, _D.FAILED, _D.SPARED}),
    _D.FAILED: frozenset({_D.PENDING, _D.DELIVERED}),
    _D.DEAD: frozenset({_D.PENDING, _D.DELIVERED}),
    _D.SPARED: frozenset({_D.PENDING, _D.DELIVERED}),
    _D.DELIVERED: frozenset(),
    _D.WITHDRAWN: frozenset(),
}

_M = MessageState
MESSAGE_MOVES: dict[str, frozenset[str]] = {
    _M.OPEN: frozenset({_M.PROVEN, _M.HANDED_OVER, _M.WITHDRAWN, _M.UNREACHED}),
    _M.HANDED_OVER: frozenset({_M.PROVEN, _M.OPEN}),
    _M.UNREACHED: frozenset({_M.PROVEN, _M.OPEN}),
    _M.PROVEN: frozenset(),
    _M.WITHDRAWN: frozenset(),
}


class Step(StrEnum):
    """What a message needs next."""

    WAIT = "WAIT"
    OPEN_NEXT = "OPEN_NEXT"
    PROVE = "PROVE"
    HAND_OVER = "HAND_OVER"
    CALL = "CALL"  # no way is left but a person's voice
    GIVE_UP = "GIVE_UP"


def next_step(deliveries: list[tuple[str, str, bool]], *, must_prove: bool) -> Step:
    """Decide what a message needs. `deliveries`: (channel, status, still waiting for its receipt), in their order.

    The next channel is opened when the ones before failed, died or gave no receipt in time; the call list comes last.
    """
    states = [state for _, state, _ in deliveries]
    if _D.DELIVERED in states:
        return Step.PROVE
    if not must_prove and _D.SENT in states:
        return Step.HAND_OVER
    if _D.PENDING in states or _D.UNKNOWN in states:
        return Step.WAIT
    if any(state == _D.SENT and awaited for _, state, awaited in deliveries):
        return Step.WAIT
    if _D.WAITING in states:
        return Step.OPEN_NEXT
    calls = [state for channel, state, _ in deliveries if channel == Channel.CALL]
    if not calls:
        return Step.CALL
    return Step.GIVE_UP if calls[-1] == _D.FAILED else Step.WAIT
