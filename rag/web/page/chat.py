"""The chat page: Gradio components with our texts and styles, mounted at "/"."""

import asyncio
import logging
import os
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

import gradio as gr
from fastapi import FastAPI
from gradio.routes import App
from starlette.routing import Mount

from corpus.errors import OnrecordError
from rag.answer import Question
from rag.assistant import MAX_QUESTION
from rag.web.answers.exchange import Exchange
from rag.web.answers.shown import html_line
from rag.web.archive import NOTHING_YET, LiveArchive, OpenArchive
from rag.web.bounds.exposure import Viewer
from rag.web.bounds.visitors import visitor_of
from rag.web.errors import refusal_of
from rag.web.feeds import late_in_words
from rag.web.page.conversation import Conversation
from rag.web.page.examples import Examples
from rag.web.page.filters import Filters
from rag.web.page.shell import PageShell
from rag.web.page.tabs import bound_tabs
from rag.web.settings import WebSettings
from rag.web.templates import ROOT, STATIC, extent

_LOG = logging.getLogger(__name__)

AT_ONCE = 512
"""Size of Gradio's own queue. Users wait in the live archive's request queue, which tells their place."""
WENT_WRONG = "Something went wrong here, and the question was not answered. Ask again in a moment."
ASK, STOP = "Ask", "Stop"
OPENING = "Opening the archive"

Updates = tuple[Any, ...]
_AS_IT_IS: dict[str, Any] = {
    "sanitize_html": True,
    "latex_delimiters": [],
    "header_links": False,
    "buttons": [],
}
_QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def mount(app: FastAPI, live: LiveArchive, settings: WebSettings) -> FastAPI:
    """The app with the chat page at "/". Every other route must have been added before."""
    # Read when the queue is created: after so many events Gradio computes its own statistics with pandas,
    # and so many events it keeps for them.
    os.environ["GRADIO_ANALYTICS_CACHE_FREQUENCY"] = str(sys.maxsize)
    os.environ["GRADIO_ANALYTICS_MAX_EVENTS"] = "1"
    gr.mount_gradio_app(
        app,
        Page(live, settings).blocks(),
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
    app.add_middleware(PageShell, name=settings.name)
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


def _composer() -> tuple[gr.Textbox, gr.Button, gr.Button, gr.Number]:
    """The question box, Ask and Stop, and the number of the latest exchange that the tab shows."""
    with gr.Row(elem_id="composer"):
        box = gr.Textbox(
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
        send = gr.Button(ASK, elem_id="ask", scale=0, min_width=0)
        stop = gr.Button(STOP, elem_id="stop", scale=0, min_width=0)
    return box, send, stop, gr.Number(0, visible=False)


def _filter_controls() -> tuple[gr.Accordion, gr.CheckboxGroup, gr.Textbox, gr.Textbox]:
    """The collapsed control with the search filters: outlets, first and last day."""
    with gr.Accordion("Narrow", open=False, elem_id="filters") as filters:
        sources = gr.CheckboxGroup([], label="Outlets", elem_id="outlets", visible=False)
        with gr.Row(elem_id="days"):
            first = gr.Textbox(label="From", elem_id="first-day", placeholder="YYYY-MM-DD", max_lines=1)
            last = gr.Textbox(label="To", elem_id="last-day", placeholder="YYYY-MM-DD", max_lines=1)
    return filters, sources, first, last


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


class Page:
    """The chat page over one live archive; each tab's state is its own `Conversation`."""

    def __init__(self, live: LiveArchive, settings: WebSettings) -> None:
        self._live = live
        self._settings = settings
        self._examples = Examples(live)
        self._at_work: dict[str | None, _Work] = {}

    def blocks(self) -> gr.Blocks:
        """The components and their event handlers."""
        blocks = gr.Blocks(title=self._settings.name, analytics_enabled=False, fill_width=True)
        with blocks:
            conversation = gr.State(Conversation())
            masthead = gr.Markdown(self._masthead(OPENING), elem_id="masthead", **_AS_IT_IS)
            empty = gr.Markdown(visible=False, elem_id="empty", **_AS_IT_IS)
            # Not gr.Chatbot: screen readers take a message's HTML as its name and reread all at each change.
            earlier = gr.Markdown(elem_id="earlier", **_AS_IT_IS)
            latest = gr.Markdown(elem_id="latest", **_AS_IT_IS)
            with gr.Column(elem_id="ask-panel", visible=False) as tools:
                box, send, stop, number = _composer()
                filters, sources, first, last = _filter_controls()
            examples = gr.Markdown(visible=False, elem_id="examples", **_AS_IT_IS)
            again = gr.Timer(3, active=False)
            changed = gr.Button(elem_id="changed", visible="hidden")

            shown = [masthead, empty, tools, sources, examples, again]
            gr.on([blocks.load, again.tick], self.refresh, [conversation], shown, queue=True, **_QUIET)
            fresh = [masthead, sources, earlier, latest, examples]
            gr.on(changed.click, self.freshen, [conversation], fresh, **_QUIET)
            limits = [sources, first, last]
            gr.on(
                [sources.change, first.change, last.change],
                self.filters_changed,
                limits,
                filters,
                preprocess=False,
                **_QUIET,
            )
            # Not Gradio's own `cancels` and trigger mode "once": for a moment after a Stop they drop the next
            # question, or leave it without a way to stop it. Here the server decides what is at work.
            gr.on(
                [send.click, box.submit],
                self.ask,
                [box, number, *limits, conversation],
                [earlier, latest, box, number, filters, examples],
                concurrency_limit=AT_ONCE,
                trigger_mode="multiple",
                preprocess=False,  # Gradio refuses, and writes to the log, outlets that a tab has not seen.
                **_QUIET,
            )
            stop.click(self.stop, number, trigger_mode="multiple", preprocess=False, **_QUIET)
            blocks.unload(self.leave)
        blocks.max_threads = AT_ONCE  # events that are under way together, 40 by default
        blocks.queue(default_concurrency_limit=AT_ONCE, max_size=AT_ONCE, api_open=False)
        return blocks

    async def refresh(self, conversation: Conversation) -> AsyncGenerator[Updates, None]:
        """The page on load: how to index, or the archive's extent, outlets and example questions."""
        ROOT.set(self._settings.root)  # Gradio runs events in tasks of its own.
        try:
            opened = await self._live.archive()
        except OnrecordError as error:
            shown = html_line("page/empty.html", problem=None if str(error) == NOTHING_YET else str(error))
            yield (
                self._masthead(""),
                gr.update(value=shown, visible=True),
                *(gr.update(visible=False) for _ in range(3)),
                gr.update(active=True),
            )
            return
        head, outlets = await asyncio.to_thread(self._now, opened)
        yield (
            head,
            gr.update(visible=False),
            gr.update(visible=True),
            outlets,
            gr.skip(),
            gr.update(active=False),
        )
        conversation.without = self._live.withdrawn
        if not conversation.exchanges and (questions := await self._examples.of(opened)):
            html = html_line("page/examples.html", questions=questions)
            visible = not conversation.exchanges
            yield (*(gr.skip(),) * 4, gr.update(value=html, visible=visible), gr.skip())

    async def freshen(self, conversation: Conversation) -> Updates:
        """The page after a change of the archive: new extent, no answer that quotes a removed article."""
        ROOT.set(self._settings.root)
        withdrawn = self._live.withdrawn
        taken_back = conversation.withdraw(withdrawn)
        is_news = bool(withdrawn - conversation.without)
        # A conversation that was dropped for others can no longer say what it quotes: it is not shown on.
        forgotten = is_news and not conversation.exchanges
        changes = taken_back or forgotten
        # Example questions may be about a removed article.
        examples = gr.update(value="", visible=False) if is_news else gr.skip()
        conversation.without = withdrawn
        try:
            head = await asyncio.to_thread(self._now, await self._live.archive())
        except OnrecordError:
            head = gr.skip(), gr.skip()
        # Written out last, because a question may have gone on meanwhile.
        shown = conversation.html() if changes else (gr.skip(), gr.skip())
        return (*head, *shown, examples)

    def filters_changed(self, sources: object, first: object, last: object) -> Any:
        """The label of the collapsed control, which lists the filters that are set."""
        return gr.update(label=Filters.of(sources, first, last).label())

    async def ask(
        self,
        text: object,
        number: object,
        sources: object,
        first: object,
        last: object,
        conversation: Conversation,
        tab: gr.Request | None = None,
    ) -> AsyncGenerator[Updates, None]:
        """The answer to the text in the box, sentence by sentence; errors are shown in the page.

        `number` is that of the latest exchange which the tab had seen. A question is ignored while another
        is at work, and when it was sent before the tab showed the one before it, as by a double click.
        Only this writes the latest exchange while it is at work, so that its steps are shown in their order.
        """
        ROOT.set(self._settings.root)
        question = " ".join(str(text or "").split())
        key = tab.session_hash if tab else None
        earlier = self._at_work.get(key)
        is_repeated = isinstance(number, int) and number < conversation.begun
        if not question or is_repeated or (earlier and not earlier.exchange.is_over):
            yield (gr.skip(),) * 6
            return
        if earlier:  # It was stopped, or its answer was taken back, and its task has not ended yet.
            earlier.end()
        conversation.withdraw(self._live.withdrawn)
        asked = Question(question, conversation.history())
        conversation.visitor = visitor_of(tab.request.scope) if tab and tab.request else ""
        exchange = conversation.begin(question[:MAX_QUESTION])
        work = self._at_work[key] = _Work(exchange)
        viewer = self._live.viewer(conversation.visitor)
        work.task = asyncio.create_task(self._answer(work, asked, Filters.of(sources, first, last), viewer))
        try:
            yield (*conversation.html(), "", exchange.number, gr.update(open=False), gr.update(visible=False))
            while await work.steps.get():
                yield (gr.skip(), conversation.html()[1], *(gr.skip(),) * 4)
            exchange.stop()  # unless it has an answer or a problem
            conversation.withdraw(self._live.withdrawn)
            if exchange is conversation.exchanges[-1]:
                yield (*conversation.html(), *(gr.skip(),) * 4)
        finally:
            work.end()
            if self._at_work.get(key) is work:
                del self._at_work[key]
            await asyncio.wait([work.task])

    async def _answer(self, work: _Work, question: Question, filters: Filters, viewer: Viewer) -> None:
        """Answer the question within the filters; each step is told to the page."""
        exchange = work.exchange
        try:
            asked = replace(question, where=filters.filter())
            async with aclosing(self._live.stream(asked, viewer)) as events:
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

    async def leave(self, tab: gr.Request) -> None:
        """Cancel the question of a tab that was closed; Gradio alone would wait for the next sentence."""
        if work := self._at_work.get(tab.session_hash):
            work.end()

    async def stop(self, number: object, tab: gr.Request | None = None) -> None:
        """End the exchange of this number, if it is at work; `ask` then shows that.

        It shows nothing itself, and ends no newer exchange, because it may arrive late.
        """
        work = self._at_work.get(tab.session_hash if tab else None)
        if work and work.exchange.number == number:
            work.end()

    def _now(self, opened: OpenArchive) -> tuple[str, Any]:
        """The masthead and the outlets to choose from, as the store has them."""
        outlets = opened.store.sources()
        head = self._masthead(extent(opened.store.archive()), late_in_words(opened.store.feeds()))
        return head, gr.update(choices=list(outlets), visible=len(outlets) > 1)

    def _masthead(self, line: str, late: str = "") -> str:
        adds = bool(self._settings.admin_token)
        return html_line("page/masthead.html", archive=self._settings.name, line=line, late=late, adds=adds)
