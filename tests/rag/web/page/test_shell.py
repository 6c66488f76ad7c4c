"""The document around the page: what it loads, and the policy it comes under."""

import re

import httpx


def test_the_document_is_ours_and_every_script_carries_the_nonce(page_client: httpx.Client) -> None:
    served = page_client.get("/")
    policy = served.headers["content-security-policy"]
    nonce = policy.split("'nonce-")[1].split("'")[0]
    assert "unsafe-eval" not in policy and "script-src 'self' 'nonce-" in policy
    scripts = re.findall(r"<script[^>]*>", served.text)
    assert scripts and all(f'nonce="{nonce}"' in script for script in scripts)
    assert page_client.get("/").headers["content-security-policy"] != policy
    assert "<title>onrecord</title>" in served.text and "/static/page.css?v=" in served.text
    assert int(served.headers["content-length"]) == len(served.content)


def test_the_document_names_no_other_host(page_client: httpx.Client) -> None:
    html = page_client.get("/").text
    outside = set(re.findall(r"(?:src|href|content)=\"(https?://[^\"]+)", html))
    assert not outside and "iframeResizer" not in html.replace("window.iFrameResizer", "")


def test_head_and_other_routes_are_left_alone(page_client: httpx.Client) -> None:
    assert page_client.head("/").status_code == 200
    assert "nonce" not in page_client.get("/healthz").headers["content-security-policy"]
