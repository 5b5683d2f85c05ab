"""Fixtures for every test."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

# The same examples in every run, and a busy machine is no failure.
hypothesis_settings.register_profile(
    "kam", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("kam")


def pytest_configure() -> None:
    """Give each process its own counters: what one clears or counts must not show in the tests of another."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    held: Any = django_settings.CACHES
    for name in ("shared", "once"):
        place = held[name]
        if worker and "LOCATION" in place:
            held[name] = place | {"LOCATION": Path(place["LOCATION"]) / worker}


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real readings and tables that nobody here wrote; it is never copied into the product."""
    folder = Path(os.environ.get("KAM_REAL_DATA", Path(__file__).parents[2] / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip("real data not found; set KAM_REAL_DATA to its folder")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, with the reason, what this run cannot do: `make test` runs everything on one of its two databases."""
    if connection.vendor != "postgresql":
        skip(items, "postgres", "asks PostgreSQL; set DATABASE_URL, see scripts/postgres")
    if not shutil.which("chromium"):
        skip(items, "browser", "needs Debian's chromium")


def skip(items: list[pytest.Item], marker: str, reason: str) -> None:
    """Skip the tests with this marker."""
    for item in items:
        if item.get_closest_marker(marker):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def own_files(settings: Any, tmp_path: Path) -> None:
    """Keep what a test uploads or writes away from the data folder."""
    storages = dict(settings.STORAGES)
    storages["default"] = storages["default"] | {"OPTIONS": {"location": tmp_path / "files"}}
    settings.STORAGES = storages
