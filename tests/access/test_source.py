"""Rules of the source that no linter knows: the door, the layers of tables, the names of tasks."""

import ast
import re
from pathlib import Path

import pytest
from django.apps import apps
from django.utils.module_loading import import_string

ROOT = Path(__file__).resolve().parents[2]
DOORS = {"fetch", "listed", "own"}
COLUMN = ["reports", "visits", "service_desk", "credit", "outage_planning", "billing", "equipment", "metering"]
COLUMN += ["network", "accounts", "notifications", "core"]


def view_files() -> list[Path]:
    return sorted([*ROOT.glob("kam/*/views.py"), *ROOT.glob("kam/*/views/*.py")])


def outside_the_door(source: str) -> list[int]:
    """Lines where a view reads rows by itself: `X.objects`, get_object_or_404.

    `X.objects...` may stand in the arguments of access.fetch, access.listed or access.own, in what is assigned to a
    name that the same function hands to one of them, and where `.visible_to(...)` follows at once.
    """
    found = []
    tree = ast.parse(source)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    for scope in [*functions, ast.Module([node for node in tree.body if node not in functions], [])]:
        allowed: set[ast.AST] = set()
        handed: set[str] = set()
        for call in (node for node in ast.walk(scope) if isinstance(node, ast.Call)):
            name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
            if name in DOORS:
                allowed.update(child for argument in call.args for child in ast.walk(argument))
                handed.update(argument.id for argument in call.args if isinstance(argument, ast.Name))
            if name == "visible_to" and isinstance(call.func, ast.Attribute):
                allowed.add(call.func.value)
        for node in ast.walk(scope):
            if isinstance(node, ast.Assign) and any(getattr(target, "id", "") in handed for target in node.targets):
                allowed.update(ast.walk(node.value))
        for node in ast.walk(scope):
            reads = isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
            shortcut = isinstance(node, ast.Name) and node.id in ("get_object_or_404", "get_list_or_404")
            if (reads or shortcut) and node not in allowed:
                found.append(node.lineno)  # type: ignore[attr-defined]
    return sorted(found)


@pytest.mark.parametrize("path", view_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_views_reach_rows_only_through_the_door(path):
    assert outside_the_door(path.read_text(encoding="utf-8")) == []


def test_the_test_itself_sees_a_view_that_walks_around():
    assert outside_the_door("def v(r):\n    return Account.objects.get(pk=1)") == [2]
    assert outside_the_door("def v(r):\n    return get_object_or_404(Account, pk=1)") == [2]
    assert outside_the_door("def v(r):\n    return fetch(r, Account.objects.select_related('unit'), X, pk=1)") == []
    assert outside_the_door("def v(r):\n    q = Account.objects.all()\n    return listed(r, q, X)") == []
    assert outside_the_door("def v(r):\n    return Account.objects.visible_to(r.user)") == []


def test_foreign_keys_point_down():
    wrong = []
    for model in apps.get_models():
        here = model._meta.app_label
        for field in model._meta.get_fields():
            target = getattr(field, "related_model", None)
            if not field.concrete or target is None or isinstance(target, str):
                continue
            there = target._meta.app_label
            if here in COLUMN and there in COLUMN and COLUMN.index(there) < COLUMN.index(here):
                wrong.append(f"{model._meta.label}.{field.name} -> {target._meta.label}")
    assert wrong == []


def test_every_app_has_its_place_in_the_column():
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("kam.")}
    assert ours <= set(COLUMN)


TASK_NAME = re.compile(r"""["'](kam\.\w+\.tasks\.\w+)["']""")


def task_names() -> list[str]:
    sources = [path.read_text(encoding="utf-8") for path in ROOT.glob("kam/**/*.py")]
    return sorted({name for source in sources for name in TASK_NAME.findall(source)})


@pytest.mark.parametrize("name", task_names())
def test_every_task_name_leads_to_a_function(name):
    assert callable(import_string(name))


def test_no_page_writes_style_or_script_into_itself():
    """The content security policy refuses them; the page would break without a word."""
    script = r"<script(?![^>]*\bsrc=)(?![^>]*type=\"application/json\")"
    bad = re.compile(rf"<style|\sstyle=|{script}|\son\w+=\"|javascript:", re.I)
    found = []
    for path in sorted(ROOT.glob("templates/**/*.html")):
        if "pdf" in path.name:
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if bad.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}")
    assert found == []
