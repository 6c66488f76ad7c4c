"""The `serve` command: what the web is configured with."""

from argparse import Namespace

from rag.terminal.settings import Settings
from rag.web import settings as web


def web_settings(arguments: Namespace, settings: Settings) -> web.WebSettings:
    """What the web is configured with: the flags of `serve`, and what the environment says."""
    public_url = arguments.public_url or settings.public_url
    return web.WebSettings(
        name=settings.name or "onrecord",
        allowed_origins=web.parse_origins(settings.allowed_origins),
        api_keys=web.parse_keys(settings.api_keys),
        open_api=arguments.open_api,
        exposure=web.parse_exposure(settings.reader),
        public_url=web.parse_public_url(public_url) if public_url else None,
        host=arguments.host,
        port=arguments.port,
        admin_token=web.parse_admin_token(settings.admin_token),
    )
