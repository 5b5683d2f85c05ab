"""The one catalogue of visible texts: take them out of the source, merge translations, name what lacks one.

Extraction works on a copy of the source: Django writes a temporary file beside every template it reads, and
people, linters and a running server look into the real folders at the same time.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import django
import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.commands.makemessages import Command as MakeMessages

ROOT = Path(__file__).resolve().parent.parent
LANGUAGE = "zh_Hans"
CATALOGUE = ROOT / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"
SOURCES = ("kam", "templates")
CONTEXT_MARK = "\x04"  # gettext's own separator between a context and its text
PLACEHOLDER = re.compile(r"%\((\w+)\)[#0\- +]*[\d.]*[sdfr]|%[sdfr]|\{(\w*)\}")


class Extract(MakeMessages):
    """makemessages that never guesses: a guessed (fuzzy) translation reads well and says something else."""

    msgmerge_options = [*MakeMessages.msgmerge_options, "--no-fuzzy-matching"]


def extracted() -> polib.POFile:
    """Give the catalogue as the source asks for it now, translations kept; the file itself is not touched."""
    if not settings.configured:
        # Own settings: a translator must not depend on a database or on a half-edited kam/settings.py.
        settings.configure(USE_I18N=True, BASE_DIR=ROOT, INSTALLED_APPS=[])
        django.setup()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for name in SOURCES:
            ignore = shutil.ignore_patterns("__pycache__", "*.pyc", "*.html.py", "*.txt.py")
            shutil.copytree(ROOT / name, copy / name, ignore=ignore)
        target = copy / CATALOGUE.relative_to(ROOT)
        target.parent.mkdir(parents=True)
        if CATALOGUE.exists():
            shutil.copy(CATALOGUE, target)
        here = os.getcwd()
        os.chdir(copy)
        try:
            call_command(
                Extract(),
                locale=[LANGUAGE],
                add_location="file",
                extensions=["html", "txt", "py"],
                no_wrap=True,
                verbosity=0,
            )
        finally:
            os.chdir(here)
        catalogue = polib.pofile(str(target), wrapwidth=0) if target.exists() else polib.POFile(wrapwidth=0)
    catalogue.metadata = {
        # No dates and names: they change on every run and turn each commit into a conflict.
        "Language": LANGUAGE,
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=1; plural=0;",
    }
    catalogue.header = ""
    catalogue.metadata_is_fuzzy = False
    for entry in catalogue:
        if entry.fuzzy:
            clear(entry)
    return catalogue


def clear(entry: polib.POEntry) -> None:
    """Take a guessed translation out."""
    entry.flags = [flag for flag in entry.flags if flag != "fuzzy"]
    entry.msgstr = ""
    entry.msgstr_plural = {0: ""} if entry.msgid_plural else {}


def key_of(entry: polib.POEntry) -> str:
    """Name an entry: its msgid, with the context before it where there is one."""
    return f"{entry.msgctxt}{CONTEXT_MARK}{entry.msgid}" if entry.msgctxt else entry.msgid


def place_names(text: str) -> list[str]:
    """List what a text leaves open (`%(name)s`, `{name}`), sorted; a translation must leave the same open."""
    return sorted(match.group(1) or match.group(2) or match.group(0) for match in PLACEHOLDER.finditer(text))


def problem_with(entry: polib.POEntry, translation: str) -> str:
    """Say why a translation cannot stand for this entry; empty where it can."""
    allowed = [place_names(entry.msgid)]
    if entry.msgid_plural:
        allowed.append(place_names(entry.msgid_plural))
    if place_names(translation) not in allowed:
        return f"leaves {place_names(translation)} open, the text leaves {allowed[-1]} open"
    if translation.startswith("\n") != entry.msgid.startswith("\n"):
        return "starts with a line break where the text does not, or the other way round"
    if translation.endswith("\n") != entry.msgid.endswith("\n"):
        return "ends with a line break where the text does not, or the other way round"
    return ""


def missing(catalogue: polib.POFile) -> list[polib.POEntry]:
    """List the entries in use without a translation."""
    return [entry for entry in catalogue if not entry.obsolete and not entry.translated()]


def save(catalogue: polib.POFile) -> None:
    """Write catalogue and compiled form in one step each, so that a reader never sees half a file."""
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    draft = CATALOGUE.with_suffix(f".{os.getpid()}.tmp")
    catalogue.save(str(draft))
    text = draft.read_text(encoding="utf-8")
    if not CATALOGUE.exists() or CATALOGUE.read_text(encoding="utf-8") != text:
        draft.replace(CATALOGUE)
    else:
        draft.unlink()
    compile_catalogue()


def compile_catalogue() -> None:
    """Compile the catalogue (msgfmt -c: also checks formats)."""
    draft = CATALOGUE.with_suffix(f".mo.{os.getpid()}.tmp")
    subprocess.run(["msgfmt", "--check-format", "-o", str(draft), str(CATALOGUE)], check=True)
    draft.replace(CATALOGUE.with_suffix(".mo"))
