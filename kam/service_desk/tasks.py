"""What the queue runs for the service desk."""

from kam.lib import clock
from kam.service_desk.actions import watching


def watch() -> str:
    """Warn of deadlines that come near, tell supervisors of those that passed."""
    warned, late = watching.watch(at=clock.now())
    return f"warned {warned}, late {late}"
