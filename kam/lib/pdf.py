"""HTML to PDF. The only importer of WeasyPrint, behind a lock: a document fetches nothing but what it was given.

`render_in_child` is what the product calls: it keeps one warm child process (imports cost seconds) in which `render`
runs with limits on memory, processor time and wall time, without network, files to write or the product's secrets.
"""

import atexit
import base64
import binascii
import contextlib
import ctypes
import functools
import html as html_text
import logging
import math
import os
import pickle
import re
import resource
import select
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from kam.lib.clock import monotonic

ROOT = Path(__file__).resolve().parents[2]
FAMILY = "Noto Sans CJK SC"
MEMORY_BYTES = 1024**3  # Measured: a 6 page report peaks at 500-560 MB of addresses, so 512 MB is too small for Noto.
CPU_SECONDS = 10
WALL_SECONDS = 30.0
START_SECONDS = 30.0
JOBS_PER_CHILD = 200  # A fresh child now and then keeps a leak in a C library from mattering.
DATA_URI_MAX = 700_000
IMAGE_PIXELS_MAX = 40_000_000

# Codes of RenderFailed.
REFERENCE = "reference"  # The document asked for something that it was not given.
MEMORY = "memory"
CPU = "cpu"
WALL = "wall"
CRASHED = "crashed"
INVALID = "invalid"

BASE_CSS = f"""
html {{ font-family: "{FAMILY}"; }}
code, kbd, pre, samp, tt {{ font-family: inherit; }}
"""
_MAGIC = {"png": b"\x89PNG\r\n\x1a\n", "jpeg": b"\xff\xd8\xff"}
_DATA_URI = re.compile(r"data:image/(png|jpeg);base64,([A-Za-z0-9+/=%\s]*)\Z")
_LANGUAGES = {"zh-hans": "zh-CN", "zh": "zh-CN", "en": "en"}


class RenderFailed(Exception):
    """No PDF came of it. `code`: one of REFERENCE, MEMORY, CPU, WALL, CRASHED, INVALID; `detail`: for the log."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail


def render(
    html: str,
    *,
    css: str,
    charts: Mapping[str, str | bytes] | None = None,
    images: Mapping[str, bytes] | None = None,
    title: str,
    lang: str,
) -> bytes:
    """Return the PDF (tagged, PDF/UA-1, with outlines) of `html`, in this process and without its limits.

    `html`: body content or a whole document, already escaped by its template. `charts`: name → SVG, shown by
    `<img src="chart:NAME">`. `images`: name → PNG or JPEG bytes, `<img src="asset:NAME">`. `title`: plain text.
    `lang`: zh-hans or en. Raises `RenderFailed` (REFERENCE, INVALID).
    """
    from PIL import Image
    from weasyprint import HTML
    from weasyprint.urls import FatalURLFetchingError

    Image.MAX_IMAGE_PIXELS = IMAGE_PIXELS_MAX // 2  # Pillow warns there and refuses at twice as many.
    given = {f"chart:{name}": (_bytes(svg), "image/svg+xml") for name, svg in (charts or {}).items()}
    for name, image in (images or {}).items():
        given[f"asset:{name}"] = (image, _raster_type(image, name))
    fetcher = _locked_fetcher()(given)
    try:
        with _refused_references() as refused:
            document = HTML(string=_whole(html, title=title, lang=lang), base_url=None, url_fetcher=fetcher)
            pdf = document.write_pdf(
                stylesheets=[_stylesheet(BASE_CSS), _stylesheet(css)],
                font_config=_font_configuration(),
                pdf_variant="pdf/ua-1",
                presentational_hints=False,
                optimize_images=False,
            )
    except FatalURLFetchingError as error:
        raise RenderFailed(REFERENCE, str(error)[:300]) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, OSError) as error:
        # WeasyPrint documents no errors of its own; these are what odd markup makes it raise.
        raise RenderFailed(INVALID, f"{type(error).__name__}: {error}"[:300]) from error
    if refused:
        raise RenderFailed(REFERENCE, refused[0][:300])
    return bytes(pdf)


def render_in_child(
    html: str,
    *,
    css: str,
    charts: Mapping[str, str | bytes] | None = None,
    images: Mapping[str, bytes] | None = None,
    title: str,
    lang: str,
    wall_seconds: float = WALL_SECONDS,
) -> bytes:
    """Return what `render` returns, made in the warm child process and within its limits.

    Raises `RenderFailed` with any code. The child is replaced after a failure, so that the next document starts clean.
    """
    job = {
        "html": str(html),
        "css": str(css),
        "charts": {str(name): _bytes(svg) for name, svg in (charts or {}).items()},
        "images": {str(name): bytes(image) for name, image in (images or {}).items()},
        "title": str(title),
        "lang": str(lang),
    }
    with _lock:
        worker = _current_worker()
        try:
            return worker.render(job, wall_seconds)
        except RenderFailed:
            _close_worker()
            raise


def warm_up() -> None:
    """Start the child process now, so that the first document does not pay for its imports."""
    with _lock:
        _current_worker()


def close() -> None:
    """End the child process of this process; the next document starts another."""
    with _lock:
        _close_worker()


def _bytes(svg: str | bytes) -> bytes:
    return svg.encode() if isinstance(svg, str) else bytes(svg)


def _raster_type(image: bytes, name: str) -> str:
    for kind, magic in _MAGIC.items():
        if image.startswith(magic):
            return f"image/{kind}"
    raise RenderFailed(INVALID, f"asset {name} is neither PNG nor JPEG")


def _whole(html: str, *, title: str, lang: str) -> str:
    # A document inside a document is well defined in HTML 5: the first language and title stay. U+2011 is not in the
    # font, and looking for it elsewhere made layout take a minute (WeasyPrint issue 2811).
    language = _LANGUAGES.get(lang.lower(), lang)
    head = f'<html lang="{html_text.escape(language)}"><head><title>{html_text.escape(title)}</title></head>'
    return "<!DOCTYPE html>" + (head + html).replace("\u2011", "-")


@functools.cache
def _locked_fetcher() -> type[Any]:
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class LockedFetcher(URLFetcher):  # type: ignore[misc]
        """Answers from memory alone; anything else ends the rendering."""

        def __init__(self, given: Mapping[str, tuple[bytes, str]]) -> None:
            super().__init__(timeout=1, allowed_protocols=(), allow_redirects=False, fail_on_errors=True)
            self.given = given

        def fetch(self, url: str, headers: Any = None) -> Any:
            if url in self.given:
                body, kind = self.given[url]
                return URLFetcherResponse(url, body, {"Content-Type": kind})
            if len(url) < DATA_URI_MAX and (match := _DATA_URI.match(url)):
                return URLFetcherResponse(url, _picture(*match.groups()), {"Content-Type": f"image/{match[1]}"})
            raise ValueError(f"refused: {url[:200]}")

    return LockedFetcher


def _picture(kind: str, encoded: str) -> bytes:
    # Checked by its first bytes: an SVG that calls itself a PNG would be drawn as SVG, with references of its own.
    try:
        body = base64.b64decode(encoded.replace("%2B", "+").replace("%2F", "/").replace("%3D", "="))
    except binascii.Error as error:
        raise ValueError("not base64") from error
    if not body.startswith(_MAGIC[kind]):
        raise ValueError(f"not a {kind} picture")
    return body


@functools.cache
def _font_configuration() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


@functools.lru_cache(maxsize=8)
def _stylesheet(css: str) -> Any:
    from weasyprint import CSS

    return CSS(string=css, base_url=None, url_fetcher=_locked_fetcher()({}), font_config=_font_configuration())


class _References(logging.Handler):
    """Collects references that WeasyPrint drops with no more than a log line (relative ones, unreadable pictures)."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.refused: list[str] = []
        self.thread = threading.get_ident()

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.thread == self.thread and message.startswith(("Relative URI", "Failed to load")):
            self.refused.append(message)


@contextlib.contextmanager
def _refused_references() -> Iterator[list[str]]:
    handler = _References()
    logger = logging.getLogger("weasyprint")
    logger.addHandler(handler)
    try:
        yield handler.refused
    finally:
        logger.removeHandler(handler)


class _Worker:
    """The parent's end of one child process. Not for two threads at once."""

    def __init__(self) -> None:
        # Only what the interpreter and fontconfig need: the product's keys and addresses stay out of the child.
        kept = ("PATH", "HOME", "XDG_CACHE_HOME", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "LD_LIBRARY_PATH")
        environment = {name: os.environ[name] for name in kept if name in os.environ} | {"LANG": "C.UTF-8"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "kam.lib.pdf"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
            env=environment,
        )
        self.jobs = 0
        self._answer(monotonic() + START_SECONDS)

    def render(self, job: dict[str, Any], wall_seconds: float) -> bytes:
        self.jobs += 1
        until = monotonic() + wall_seconds
        try:
            # The child reads the whole job before it works, so this write ends as fast as the pipe carries it.
            _write(self._pipe(self.process.stdin), b"J", pickle.dumps(job))
        except BrokenPipeError:
            raise self._ended() from None
        return self._answer(until)

    def _answer(self, until: float) -> bytes:
        status, size = struct.unpack(">cQ", self._read(9, until))
        body = self._read(size, until)
        if status == b"P":
            return body
        # Plain text, never a pickle: the child has read what customers wrote and is not trusted.
        code, _, detail = body.decode("utf-8", "replace").partition("\n")
        raise RenderFailed(code, detail)

    def _read(self, size: int, until: float) -> bytes:
        pipe = self._pipe(self.process.stdout)
        parts = []
        while size:
            ready, _, _ = select.select([pipe], [], [], max(0.0, until - monotonic()))
            if not ready:
                raise RenderFailed(WALL)
            part = os.read(pipe.fileno(), min(size, 1 << 20))
            if not part:
                raise self._ended()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _ended(self) -> RenderFailed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(5)
        code = self.process.returncode
        # SIGXCPU; SIGKILL (the machine ran out) and SIGTRAP (GLib could not allocate); anything else is a fault.
        return RenderFailed({-24: CPU, -9: MEMORY, -5: MEMORY}.get(code, CRASHED), f"exit status {code}")

    @staticmethod
    def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
        assert pipe is not None
        return pipe

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        self._pipe(self.process.stdout).close()
        with contextlib.suppress(BrokenPipeError):
            self._pipe(self.process.stdin).close()

    def disown(self) -> None:
        """Let go in a forked process: the child belongs to the process that started it."""
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                os.close(self._pipe(pipe).fileno())
        _disowned.append(self)


_lock = threading.Lock()
_worker: _Worker | None = None
_disowned: list[_Worker] = []  # Kept, so that no destructor closes a reused file number or waits for a stranger.


def _current_worker() -> _Worker:
    global _worker
    if _worker is not None and (_worker.jobs >= JOBS_PER_CHILD or _worker.process.poll() is not None):
        _close_worker()
    if _worker is None:
        _worker = _Worker()
    return _worker


def _close_worker() -> None:
    global _worker
    worker, _worker = _worker, None
    if worker is not None:
        worker.close()


def _after_fork() -> None:
    global _worker, _lock
    _lock = threading.Lock()
    worker, _worker = _worker, None
    if worker is not None:
        worker.disown()


atexit.register(close)
os.register_at_fork(after_in_child=_after_fork)


def _write(pipe: IO[bytes], status: bytes, body: bytes) -> None:
    pipe.write(struct.pack(">cQ", status, len(body)))
    pipe.write(body)
    pipe.flush()


def _serve() -> None:
    """Answer jobs from standard input until it ends: the child process."""
    _leave_network()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))  # Pipes are not files: it can answer, but write nowhere.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # A library that prints must not mix into the answers.
    with contextlib.suppress(RenderFailed):
        render("<p>预热 warm-up</p>", css="", title="warm-up", lang="zh-hans")
    _write(target, b"P", b"")
    while head := source.read(9):
        job = pickle.loads(source.read(struct.unpack(">cQ", head)[1]))  # From our own parent, over its pipe.
        used = resource.getrusage(resource.RUSAGE_SELF)
        limit = math.ceil(used.ru_utime + used.ru_stime) + CPU_SECONDS
        resource.setrlimit(resource.RLIMIT_CPU, (limit, resource.RLIM_INFINITY))
        try:
            _write(target, b"P", render(**job))
        except RenderFailed as failure:
            _write(target, b"F", f"{failure.code}\n{failure.detail}".encode())
        except (MemoryError, RecursionError) as error:
            _write(target, b"F", f"{MEMORY}\n{type(error).__name__}".encode())


def _leave_network() -> None:
    # Best effort: a kernel may forbid it to ordinary users. The fetcher above is the lock, this is the second one.
    new_user, new_network = 0x10000000, 0x40000000
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(new_network) != 0:
        libc.unshare(new_user | new_network)


if __name__ == "__main__":
    _serve()
