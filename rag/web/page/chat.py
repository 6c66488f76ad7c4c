"""The chat page's transport, mounted at "/": Gradio's question box and queue, with our page around them.

What Gradio 6.31 needs done for it, with the threads upstream (github.com/gradio-app/gradio):

- `gr.HTML` makes its template with `Function`, which a content policy without `unsafe-eval` forbids (pull
  13299, closed). Answers come as JSON text in a hidden `gr.Markdown`; our script parses and places them.
- `js=` of an event is made with `Function` too: what our script sends goes through hidden text boxes.
- `gr.Chatbot` takes a message's whole HTML as its name (issue 8615, pulls 6900, 8631): the log is our own.
- An event's `cancels` and `trigger_mode="once"` drop the next question for a moment after a Stop (issues
  7593, 10432): here the server decides what is at work.
- Every failed event shows a toast, whatever `show_error` says (issues 12222, 12338): page.css hides toasts,
  and transport.js says in the exchange what they mean.
- Sessions and unread messages are bounded, but not fairly by visitor (issues 7227, 13154; pull 13756): see
  `tabs`.
- After a lost connection Gradio sends nothing until the page is loaded again (pulls 12907, 13761, closed):
  transport.js gives it a response in any case, and the question can be asked again at once.
- Where storage is blocked Gradio does not start (no thread found): transport.js gives it one in memory.
- Its document advertises it and loads a helper for frames of others (no setting): `shell` takes that away.
"""

import asyncio
import html
import json
import os
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.routing import Mount

from corpus.errors import OnrecordError
from rag.about.examples import ExampleKind
from rag.web.answers.exchange import Exchange
from rag.web.archive import NOTHING_YET, LiveArchive, OpenArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import refusal_of
from rag.web.feeds import late_in_words
from rag.web.page.asked import Asked
from rag.web.page.examples import Examples
from rag.web.page.shell import PageShell, masthead
from rag.web.page.tabs import bound_tabs
from rag.web.settings import WebSettings
from rag.web.templates import ROOT, STATIC, extent, render

AT_ONCE = 512
"""Size of Gradio's own queue. Users wait in the live archive's request queue, which tells their place."""
WENT_WRONG = "Something went wrong here, and the question was not answered. Ask again in a moment."
ASK, STOP = "Ask", "Stop"
KINDS_IN_WORDS: Mapping[ExampleKind, str] = {
    "figure": "A figure that outlets give differently",
    "quotation": "What somebody said",
    "overview": "An overview",
    "correction": "What was corrected",
    "timeline": "What happened when",
    "unanswered": "What the archive does not say",
    "fact": "A fact",
}

_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
_TEXT: dict[str, Any] = {"visible": "hidden", "sanitize_html": True, "latex_delimiters": [], "buttons": []}


def mount(
    app: FastAPI, live: LiveArchive, settings: WebSettings, examples: Examples | None = None
) -> FastAPI:
    """The app with the chat page at "/". Every other route must have been added before."""
    # Read when the queue is created: after so many events Gradio computes its own statistics with pandas,
    # and so many events it keeps for them.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    gr.mount_gradio_app(
        app,
        Page(live, settings, examples).blocks(),
        path="/",
        root_path=settings.root or None,
        footer_links=[],
        run_history=False,
        show_error=False,
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        max_file_size=0,
        favicon_path=str(STATIC / "mark.svg"),
        theme=_theme(),
    )
    mounted = app.routes[-1]
    assert isinstance(mounted, Mount) and isinstance(mounted.app, App)
    app.router.routes[-1] = Mount("/", bound_tabs(mounted.app))
    app.add_middleware(PageShell, name=settings.name, adds=bool(settings.admin_token))
    return app


def _theme() -> gr.themes.Base:
    """Gradio's base theme with our fonts and colours."""
    theme = gr.themes.Base(font=["var(--sans)"], font_mono=["ui-monospace", "monospace"])
    return theme.set(
        body_background_fill="var(--paper)",
        body_background_fill_dark="var(--paper)",
        body_text_color="var(--ink)",
        body_text_color_dark="var(--ink)",
    )


def _composer() -> None:
    """The question box, Ask and Stop. Our script reads the box: it draws the question before it sends it."""
    with gr.Row(elem_id="composer"):
        gr.Textbox(
            elem_id="question",
            label="Your question",
            show_label=False,
            container=False,
            placeholder="Ask the archive",
            lines=1,
            max_lines=8,
            autofocus=True,
            scale=1,
            html_attributes=gr.InputHTMLAttributes(enterkeyhint="send"),
        )
        # One of the two is shown, by whether the latest exchange is at work: see page.css.
        gr.Button(ASK, elem_id="ask", scale=0, min_width=0)
        gr.Button(STOP, elem_id="stop", scale=0, min_width=0)


def carried(values: Mapping[str, object]) -> str:
    """Values as text in one block of HTML, which Markdown and Gradio's sanitizer leave as it is."""
    return f"<div>{html.escape(json.dumps(values, ensure_ascii=False, separators=(',', ':')))}</div>"


@dataclass(slots=True, eq=False)
class _Work:
    """An exchange at work: its task, and for each step to show True; False ends the waiting for steps."""

    exchange: Exchange
    steps: asyncio.Queue[bool] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Stop the exchange unless it is over, and cancel the task, which need not be waited for."""
        self.exchange.stop()
        self.steps.put_nowait(False)
        if self.task:
            self.task.cancel()

    def carried(self) -> str:
        """The answer as far as it has come, for our script: its HTML, and whether it is over."""
        is_over = self.exchange.is_over  # read first, because it may end while it is drawn
        return carried({"mark": self.exchange.number, "over": is_over, "html": self.exchange.fragment()})


class Page:
    """The chat page over one live archive. Conversations are kept in the reader's browser, not here."""

    def __init__(self, live: LiveArchive, settings: WebSettings, examples: Examples | None = None) -> None:
        self._live = live
        self._settings = settings
        self._examples = examples or Examples(live)
        self._at_work: dict[str | None, _Work] = {}

    def blocks(self) -> gr.Blocks:
        """The components and their event handlers."""
        blocks = gr.Blocks(title=self._settings.name, analytics_enabled=False, fill_width=True)
        with blocks:
            _composer()
            asking = gr.Textbox(elem_id="asking", visible="hidden")
            stopping = gr.Textbox(elem_id="stopping", visible="hidden")
            answer = gr.Markdown(elem_id="carrier", **_TEXT)
            state = gr.Markdown(elem_id="state", **_TEXT)
            again = gr.Timer(3, active=False)
            changed = gr.Button(elem_id="changed", visible="hidden")
            gr.on([blocks.load, again.tick, changed.click], self.refresh, None, [state, again], **_QUIET)
            gr.on(
                asking.change,
                self.ask,
                asking,
                answer,
                concurrency_limit=AT_ONCE,
                trigger_mode="multiple",
                preprocess=False,
                **_QUIET,
            )
            gr.on(stopping.change, self.stop, stopping, trigger_mode="multiple", preprocess=False, **_QUIET)
            blocks.unload(self.leave)
        blocks.max_threads = AT_ONCE  # events that are under way together, 40 by default
        blocks.queue(default_concurrency_limit=AT_ONCE, max_size=AT_ONCE, api_open=False)
        return blocks

    async def refresh(self) -> AsyncGenerator[tuple[Any, Any], None]:
        """The page around the conversation: how to index, or the archive's extent, outlets and examples."""
        ROOT.set(self._settings.root)  # Gradio runs events in tasks of its own.
        try:
            opened = await self._live.archive()
        except OnrecordError as error:
            problem = None if str(error) == NOTHING_YET else str(error)
            empty = render("page/empty.html", problem=problem)
            yield carried({"head": masthead(self._settings.name), "empty": empty}), gr.update(active=True)
            return
        state = await asyncio.to_thread(self._now, opened)
        yield carried(state), gr.update(active=False)
        if pairs := await self._examples.pairs(opened):
            examples = render("page/examples.html", examples=pairs, kinds=KINDS_IN_WORDS)
            yield carried(state | {"examples": examples}), gr.skip()

    async def ask(self, sent: object, tab: gr.Request | None = None) -> AsyncGenerator[Any, None]:
        """The answer to what the tab asks, sentence by sentence; errors are shown in the exchange.

        A tab has one question at work: the next one ends it.
        """
        ROOT.set(self._settings.root)
        asked = Asked.of(sent)
        if asked is None:
            yield gr.skip()
            return
        key = tab.session_hash if tab else None
        if earlier := self._at_work.get(key):
            earlier.end()
        viewer = self._live.viewer(visitor_of(tab.request.scope) if tab and tab.request else "")
        work = self._at_work[key] = _Work(Exchange(asked.mark))
        work.task = asyncio.create_task(self._answer(work, asked, viewer))
        try:
            yield work.carried()
            while await work.steps.get():
                self._take_back(work.exchange)
                yield work.carried()
            work.exchange.stop()  # unless it has an answer or a problem
            self._take_back(work.exchange)
            if self._at_work.get(key) is work:
                yield work.carried()
        finally:
            work.end()
            if self._at_work.get(key) is work:
                del self._at_work[key]
            await asyncio.wait([work.task])

    async def _answer(self, work: _Work, asked: Asked, viewer: Viewer) -> None:
        """Answer the question within the filters; each step is told to the page."""
        exchange = work.exchange
        try:
            await self._live.archive()
            exchange.key = self._live.key
            async with aclosing(self._live.stream(asked.to_question(), viewer)) as events:
                async for event in events:
                    await asyncio.to_thread(exchange.take, event, viewer)
                    work.steps.put_nowait(True)
                    if exchange.problem:  # An article that it quotes was removed.
                        break
        except Exception as error:
            refusal = refusal_of(error)  # It logs what only the operator may know.
            if not exchange.is_over:
                exchange.problem = WENT_WRONG if refusal.status_code == 500 else refusal.detail
        finally:
            work.steps.put_nowait(False)

    def _take_back(self, exchange: Exchange) -> None:
        """Take an answer back that quotes an article which was taken down meanwhile."""
        if not exchange.quotes.isdisjoint(self._live.withdrawn):
            exchange.withdraw()

    async def leave(self, tab: gr.Request) -> None:
        """Cancel the question of a tab that was closed; Gradio alone would wait for the next sentence."""
        if work := self._at_work.get(tab.session_hash):
            work.end()

    async def stop(self, mark: object, tab: gr.Request | None = None) -> None:
        """End the exchange of this mark, if it is at work; `ask` then shows that.

        It shows nothing itself, and ends no newer exchange, because it may arrive late.
        """
        work = self._at_work.get(tab.session_hash if tab else None)
        if work and work.exchange.number == mark:
            work.end()

    def _now(self, opened: OpenArchive) -> dict[str, object]:
        """Masthead, first sentence and outlets as the store has them."""
        archive, outlets = opened.store.archive(), opened.store.sources()
        line, late = extent(archive), late_in_words(opened.store.feeds())
        return {
            "head": masthead(self._settings.name, line, late, adds=bool(self._settings.admin_token)),
            "first": render("page/first.html", archive=archive, line=line, outlets=len(outlets)),
            "outlets": list(outlets),
        }
