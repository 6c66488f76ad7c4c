"""Tokens and API keys of requests, with a bound on how often one visitor may guess them."""

import hashlib
import logging
import secrets
from collections import OrderedDict

from fastapi import Request

from rag.web.bounds.guard import bears
from rag.web.bounds.visitors import Allowance, visitor_of
from rag.web.errors import Refusal

_LOG = logging.getLogger("onrecord.web")

MOST_GUESSES = 20
"""Wrong tokens and keys of one visitor in `_SECONDS`; further requests with a token have to wait."""
_SECONDS = 60
_MOST_KNOWN = 10_000
"""Pairs of a visitor and a right token that are remembered; of more the ones least recently used go."""
_SAYS = "Too many wrong tokens or keys came from this address: try again later."


class TokenGuesses:
    """Whether a request bears a token, with an allowance of wrong ones for each visitor; one for a server.

    A visitor who used it up is refused before the token is compared, or the limit would be none. A right
    token that this visitor has used before still passes: nobody behind the same address can lock them out.
    """

    def __init__(self) -> None:
        self._wrong = Allowance(MOST_GUESSES, _SECONDS, _SAYS)
        self._lines = Allowance(1, _SECONDS, _SAYS)
        self._secret = secrets.token_bytes(32)
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def right(self, request: Request, *tokens: str) -> bool:
        """Whether the request bears one of the tokens; a request without any is no guess.

        Raises Refusal (429) for a visitor with too many wrong ones.
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not given.strip() or not any(tokens):
            return False
        visitor = visitor_of(request.scope)
        pair = hashlib.blake2b(f"{visitor} {given}".encode(), key=self._secret).digest()
        try:
            if pair not in self._known:
                self._wrong.check(visitor)
            if not bears(request, *tokens):
                self._wrong.enter(visitor)
                return False
        except Refusal:
            self._tell(visitor)
            raise
        self._known[pair] = None
        self._known.move_to_end(pair)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return True

    def _tell(self, visitor: str) -> None:
        """Say it in the log, at most once a minute for all visitors together."""
        try:
            self._lines.enter("")
        except Refusal:
            return
        _LOG.warning("the visitor %s sent more than %d wrong tokens in a minute", visitor, MOST_GUESSES)
