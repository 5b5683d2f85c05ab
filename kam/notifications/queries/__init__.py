"""Questions to the messages, by subject; callers use `kam.notifications.queries` alone."""

from kam.notifications.queries.health import Health, health, metrics_text
from kam.notifications.queries.proof import Proven, log_of_account, proof_of
from kam.notifications.queries.queue import QueueFigures, next_calls, queue_figures, unread
from kam.notifications.queries.wording import Wording, filled_in, template_for, text_for, text_lists

__all__ = [
    "Health",
    "Proven",
    "QueueFigures",
    "Wording",
    "filled_in",
    "health",
    "log_of_account",
    "metrics_text",
    "next_calls",
    "proof_of",
    "queue_figures",
    "template_for",
    "text_for",
    "text_lists",
    "unread",
]
