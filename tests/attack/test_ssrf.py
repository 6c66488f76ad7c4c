"""The server opens no connection that it was not set up for: addresses, names, redirects, documents."""

import io
import socket
import zipfile

import httpx
import pytest

from corpus.errors import ReadError
from corpus.web.fetch import Fetcher, is_public

pytestmark = pytest.mark.attack

LOOPBACKS = (
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "0",
    "0.0.0.0",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "127.0.0.1.",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[0:0:0:0:0:ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[::127.0.0.1]",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
    "user@127.0.0.1",
    "evil.example@127.0.0.1",
    "127.0.0.1%2f",
    "[fe80::1%25lo]",
    "127.0.0.1#evil.example",
    "127.255.255.254",
)
PRIVATE = (
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.1",
    "192.0.2.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "fc00::1",
    "fd00::1",
    "fe80::1",
    "fec0::1",
    "ff02::1",
    "::1",
    "::",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::a00:1",
    "64:ff9b:1::a00:1",
    "2002:a00:1::",
    "2001:db8::1",
    "100::1",
    "2001::1",
    "::10.0.0.1",
)
SITEMAPS, XINCLUDE = "http://www.sitemaps.org/schemas/sitemap/0.9", "http://www.w3.org/2001/XInclude"
EMPTY_PAGES = "2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
Listening = tuple[socket.socket, int]


def nobody_came(server: socket.socket) -> bool:
    """Whether no connection has been made to a listening socket."""
    server.setblocking(False)
    try:
        server.accept()[0].close()
    except BlockingIOError:
        return True
    return False


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_of_this_machine_is_not_fetched(
    admin: httpx.Client, listening: Listening, scheme: str
) -> None:
    server, port = listening
    urls = [f"{scheme}://{name}:{port}/feed.xml" for name in LOOPBACKS]
    report = admin.post("/api/articles", json={"urls": urls}).json()
    assert len(report["failed"]) == len(urls) and report["added"] == 0
    assert nobody_came(server)


def test_an_address_that_is_not_public_is_not_fetched(admin: httpx.Client) -> None:
    assert not [address for address in PRIVATE if is_public(address)]
    hosts = [f"[{address}]" if ":" in address else address for address in PRIVATE]
    report = admin.post(
        "/api/articles", json={"urls": [f"http://{host}/latest/meta-data" for host in hosts]}
    ).json()
    assert len(report["failed"]) == len(PRIVATE)
    assert not [failure for failure in report["failed"] if "public" not in failure["reason"]]


@pytest.mark.parametrize("kind", ["redirect", "feed", "sitemap"])
def test_no_name_redirect_feed_or_sitemap_leads_to_a_private_address(listening: Listening, kind: str) -> None:
    """Names are resolved by the test: what a site of the web would answer cannot be had on loopback."""
    server, port = listening
    asked: list[str] = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return ["127.0.0.1"]

    with Fetcher(resolve=resolve) as fetcher, pytest.raises(ReadError, match="public"):
        fetcher.fetch(f"http://{kind}.evil.example:{port}/")
    assert asked == [f"{kind}.evil.example"] and nobody_came(server)


def documents(there: str) -> dict[str, bytes]:
    """Documents that make careless readers fetch an address, by file name."""
    package, office = (
        f"http://schemas.openxmlformats.org/{one}/2006" for one in ("package", "officeDocument")
    )
    template = f'Type="{office}/relationships/attachedTemplate" Target="{there}" TargetMode="External"'
    relations = (
        f'<Relationships xmlns="{package}/relationships"><Relationship Id="r1" {template}/></Relationships>'
    )
    word = io.BytesIO()
    with zipfile.ZipFile(word, "w") as archive:
        archive.writestr("word/document.xml", f'<!DOCTYPE x SYSTEM "{there}"><x/>')
        archive.writestr("word/_rels/settings.xml.rels", relations)
        archive.writestr("_rels/.rels", relations)
        archive.writestr("[Content_Types].xml", "<Types/>")
    entity = (
        f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY x SYSTEM "{there}"><!ENTITY % y SYSTEM "{there}"> %y;]>'
    )
    item = f"<item><title>A</title><link>{there}</link><description>&x;</description></item>"
    feed = f"<rss version='2.0'><channel><title>&x;</title>{item}</channel></rss>"
    index = f"<sitemap><loc>{there}</loc></sitemap>"
    head = "".join(
        (
            f'<base href="{there}"><link rel=stylesheet href="{there}"><link rel=amphtml href="{there}">',
            f'<meta http-equiv=refresh content="0;url={there}"><script src="{there}"></script>',
        )
    )
    body = f'<p>A mayor spoke on Sunday.</p><img src="{there}"><iframe src="{there}"></iframe>'
    front = f"title: !!python/object/apply:os.system ['curl {there}']\nurl: {there}"
    opens = f"<</Type/Catalog/OpenAction<</S/URI/URI({there})>>/Pages 2 0 R>>"
    return {
        "entity.xml": (entity + feed).encode(),
        "stylesheet.xml": f'<?xml version="1.0"?><?xml-stylesheet href="{there}"?>{feed}'.replace(
            "&x;", "x"
        ).encode(),
        "include.xml": f'<x xmlns:i="{XINCLUDE}"><i:include href="{there}"/></x>'.encode(),
        "sitemap.xml": f'<sitemapindex xmlns="{SITEMAPS}">{index}</sitemapindex>'.encode(),
        "page.html": f"<html><head>{head}</head><body><article>{body}</article></body></html>".encode(),
        "page.md": f"---\n{front}\n---\n![x]({there}) A mayor spoke.".encode(),
        "article.json": f'{{"text": "A mayor spoke.", "url": "{there}", "$ref": "{there}"}}'.encode(),
        "word.docx": word.getvalue(),
        "form.pdf": f"%PDF-1.7\n1 0 obj{opens}endobj\n{EMPTY_PAGES}trailer<</Root 1 0 R>>".encode(),
    }


def test_a_document_makes_the_server_fetch_nothing(admin: httpx.Client, listening: Listening) -> None:
    server, port = listening
    for host in ("127.0.0.1", "localhost"):
        files = [("files", (name, content)) for name, content in documents(f"http://{host}:{port}/x").items()]
        reply = admin.post("/api/articles", files=files)
        assert reply.status_code == 200, reply.text
    assert nobody_came(server)


@pytest.mark.parametrize(
    "body", [{"url": "{}"}, {"urls": ["{}"]}, {"question": "{}"}, {"question": "x", "image_url": "{}"}]
)
def test_no_other_body_makes_the_server_fetch_anything(
    client: httpx.Client, listening: Listening, body: dict[str, object]
) -> None:
    server, port = listening
    there = f"http://127.0.0.1:{port}/"
    sent = {name: [there] if isinstance(value, list) else there for name, value in body.items()}
    for route in (
        "/api/ask",
        "/api/feedback",
        "/api/answers",
        "/api/share",
        "/v1/chat/completions",
        "/gradio_api/queue/join",
        "/gradio_api/upload",
        "/gradio_api/run/predict",
    ):
        assert client.post(route, json=sent).status_code < 500
    client.get(f"/gradio_api/proxy={there}")
    client.get(f"/gradio_api/file={there}")
    assert nobody_came(server)
