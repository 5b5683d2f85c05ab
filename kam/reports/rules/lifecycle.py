"""Statuses of an energy report and the steps between them (DESIGN 6)."""

STEPS: dict[str, frozenset[str]] = {
    "WAITING": frozenset({"DRAFT", "FAILED"}),
    "FAILED": frozenset({"DRAFT"}),
    "DRAFT": frozenset({"REVIEWED"}),
    "REVIEWED": frozenset({"SENT", "DRAFT"}),
    "SENT": frozenset({"READ"}),
    "READ": frozenset(),
}
