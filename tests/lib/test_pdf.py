"""The PDF lock: a document gets what it was given and nothing else (RELIABILITY 3.4, S11)."""

import http.server
import subprocess
import threading
from io import BytesIO

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from kam.lib.pdf import RenderFailed, close, render, render_in_child

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><rect width="10" height="10"/></svg>'
CANARY = "canary-of-a-local-file"
REFERENCES = [
    '<img src="{u}">',
    '<link rel="stylesheet" href="{u}">',
    "<style>@import url({u});</style>",
    "<style>p {{ background: url({u}) }}</style><p>x</p>",
    "<p style=\"background-image: url('{u}')\">x</p>",
    "<p style=\"list-style-image: url('{u}'); display: list-item\">x</p>",
    "<style>p::before {{ content: url({u}) }}</style><p>x</p>",
    "<style>@font-face {{ font-family: z; src: url({u}) }} p {{ font-family: z }}</style><p>x</p>",
    '<object data="{u}"></object>',
    '<embed src="{u}">',
    '<svg xmlns="http://www.w3.org/2000/svg"><image href="{u}" width="9" height="9"/></svg>',
    '<svg xmlns:xlink="http://www.w3.org/1999/xlink"><image xlink:href="{u}" width="9" height="9"/></svg>',
    '<svg xmlns="http://www.w3.org/2000/svg"><use href="{u}#a"/></svg>',
    '<a rel="attachment" href="{u}">x</a>',
    '<link rel="attachment" href="{u}">',
    '<base href="{u}"><img src="a.png">',
    '<video poster="{u}"><source src="{u}"></video>',
    '<iframe src="{u}"></iframe>',
    '<input type="image" src="{u}">',
    '<meta http-equiv="refresh" content="0;url={u}">',
]


@pytest.fixture(scope="module")
def listener():
    """A server on loopback that counts who asks."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(302 if self.path.endswith("redirect") else 200)
            self.send_header("Location", "/landed")
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/x", asked
    server.shutdown()


@pytest.fixture(scope="module", autouse=True)
def child_ends():
    yield
    close()


@pytest.mark.parametrize("html", REFERENCES)
def test_no_reference_reaches_the_network_or_a_file(html, listener, tmp_path):
    url, asked = listener
    secret = tmp_path / "secret.txt"
    secret.write_text(CANARY)
    for target in (url, url + "/redirect", secret.as_uri(), "data:image/svg+xml;base64,PHN2Zy8+", "ftp://127.0.0.1/x"):
        try:
            pdf = render(html.format(u=target), css="", title="t", lang="en")
        except RenderFailed:
            continue
        reader = PdfReader(BytesIO(pdf))
        assert CANARY.encode() not in pdf
        assert not reader.attachments
    assert asked == []


def test_the_same_lock_holds_in_the_child_process(listener):
    url, asked = listener
    with pytest.raises(RenderFailed):
        render_in_child(f'<img src="{url}">', css="", title="t", lang="en")
    assert asked == []


def test_a_given_chart_is_drawn_and_one_that_was_not_given_is_an_error():
    assert render_in_child('<img src="chart:a" alt="a">', css="", charts={"a": SVG}, title="t", lang="en")
    with pytest.raises(RenderFailed):
        render_in_child('<img src="chart:b" alt="b">', css="", charts={"a": SVG}, title="t", lang="en")


def test_chinese_is_bold_tagged_outlined_and_in_our_font_only(tmp_path):
    html = "<h1>用电分析报告</h1><p>连云港<b>特钢</b> 喆堃昇㛃䶮 12,345.60</p><h2>附录</h2>"
    file = tmp_path / "t.pdf"
    file.write_bytes(render_in_child(html, css="", title="报告", lang="zh-hans"))
    reader = PdfReader(file)
    root = reader.trailer["/Root"].get_object()
    assert isinstance(root, DictionaryObject)
    mark_info = root["/MarkInfo"].get_object()
    assert isinstance(mark_info, DictionaryObject)
    assert mark_info["/Marked"]
    assert [str(item.title) for item in reader.outline if not isinstance(item, list)] == ["用电分析报告"]
    assert "特钢" in reader.pages[0].extract_text()
    fonts = subprocess.run(["pdffonts", file], capture_output=True, text=True, check=True).stdout.splitlines()[2:]
    families = {line.split()[0].partition("+")[2] or line.split()[0] for line in fonts}
    assert all(family.startswith("Noto-Sans-CJK-SC") or family.startswith("NotoSansCJK") for family in families)
    assert any("Bold" in family for family in families)
