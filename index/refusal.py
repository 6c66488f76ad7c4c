"""What OpenAI-compatible endpoints have in common: what their error statuses mean, and their certificates."""

import ssl
from functools import cache


def refusal(host: str, status: int, *, model: str, settings: str, endpoint: str) -> str:
    """What an error status means for whoever runs the endpoint: a sentence without its full stop.

    `model` and `endpoint` are what messages call them ("model “x”", "a chat endpoint"); the names of its
    settings begin with `settings`.
    """
    if status in (401, 403):
        return f"{host} refused the key ({status}); check {settings}_API_KEY"
    if status == 404:
        return (
            f"{host} knows no {model} at this address (404); check {settings}_MODEL and {settings}_BASE_URL"
        )
    if status == 429:
        return f"{host} has too many requests or no quota left (429); try again later"
    if status >= 500:
        return f"{host} has a fault of its own ({status}); try again later"
    return f"{host} did not accept the request ({status}); check that it is {endpoint}"


@cache
def ssl_context() -> ssl.SSLContext:
    """One for all clients: reading the certificates takes longer than opening a connection."""
    import httpx

    return httpx.create_ssl_context()
