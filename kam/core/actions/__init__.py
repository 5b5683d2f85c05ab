"""What staff and the system do to core's rows, by subject; callers use `kam.core.actions` alone."""

from kam.core.actions.audit import Verdict, anchor_text, canonical, chain_hash, record, verify
from kam.core.actions.basics import COMPANY_CODE, FIRST_RULES, SCHEDULES, ensure_basics, schedule
from kam.core.actions.guesses import bucket_key, give_back_guess, spend_code, sweep, take_guess
from kam.core.actions.jobs import (
    JobProblem,
    beat,
    progress,
    release_tasks,
    run_job,
    start_job,
    told_progress,
)
from kam.core.actions.personal import (
    FACTOR_PLACE,
    REVEAL_REFUSED,
    REVEALED,
    SEALED,
    RevealRefused,
    note_reveal,
    rekey,
    seal,
)

__all__ = [
    "COMPANY_CODE",
    "FACTOR_PLACE",
    "FIRST_RULES",
    "REVEALED",
    "REVEAL_REFUSED",
    "SCHEDULES",
    "SEALED",
    "JobProblem",
    "RevealRefused",
    "Verdict",
    "anchor_text",
    "beat",
    "bucket_key",
    "canonical",
    "chain_hash",
    "ensure_basics",
    "give_back_guess",
    "note_reveal",
    "progress",
    "record",
    "rekey",
    "release_tasks",
    "run_job",
    "schedule",
    "seal",
    "spend_code",
    "start_job",
    "sweep",
    "take_guess",
    "told_progress",
    "verify",
]
