"""Accounts from a file: look at every row, take all good ones in at once, give the rest back, undo."""

from kam.reports.actions.account_import.batch import (
    check_for_job,
    open_batch,
    start,
    take_in_for_job,
)
from kam.reports.actions.account_import.file import BadTable, Outcome, go_through, take_in
from kam.reports.actions.account_import.undo import CannotUndo, order_undo, undo, undo_for_job

__all__ = [
    "BadTable",
    "CannotUndo",
    "Outcome",
    "check_for_job",
    "go_through",
    "open_batch",
    "order_undo",
    "start",
    "take_in",
    "take_in_for_job",
    "undo",
    "undo_for_job",
]
