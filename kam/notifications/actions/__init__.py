"""What the system and its users do to messages, by subject; callers use `kam.notifications.actions` alone."""

from kam.lib.pictures import NotAPhoto
from kam.notifications.actions.hooks import register_guard, register_listener, register_writer
from kam.notifications.actions.owing import AlreadyLeft, KeyReused, NobodyToTell, owe, withdraw
from kam.notifications.actions.paper import accept_paper
from kam.notifications.actions.people import (
    CannotRetry,
    MessageClosed,
    TaskDone,
    TaskTaken,
    give_up,
    hand_to_call_list,
    note_call,
    resend_other_channel,
    retry,
    take_call,
)
from kam.notifications.actions.receipts import Receipt, UnknownReference, read_item, record_receipt
from kam.notifications.actions.wording import BadRobot, add_version, ensure_rules, ensure_templates, save_robot
from kam.notifications.rules.addresses import Address, BadAddress

__all__ = [
    "Address",
    "AlreadyLeft",
    "BadAddress",
    "BadRobot",
    "CannotRetry",
    "KeyReused",
    "MessageClosed",
    "NobodyToTell",
    "NotAPhoto",
    "Receipt",
    "TaskDone",
    "TaskTaken",
    "UnknownReference",
    "accept_paper",
    "add_version",
    "ensure_rules",
    "ensure_templates",
    "give_up",
    "hand_to_call_list",
    "note_call",
    "owe",
    "read_item",
    "record_receipt",
    "register_guard",
    "register_listener",
    "register_writer",
    "resend_other_channel",
    "retry",
    "save_robot",
    "take_call",
    "withdraw",
]
