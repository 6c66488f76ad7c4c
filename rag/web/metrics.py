"""Prometheus metrics of one server."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from rag.answer import Answer, Sentence
from rag.model_calls import ModelCalls
from rag.request_queue import RequestQueue

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90)


class Metrics:
    """Counters of one server in a registry of its own; they hold no text of questions."""

    def __init__(self, queue: RequestQueue, model_calls: ModelCalls | None = None) -> None:
        self._registry = CollectorRegistry()
        self._questions = Counter(
            "onrecord_questions",
            "Questions by the status of their answer, or by why there is none.",
            ["status"],
            registry=self._registry,
        )
        self._seconds = Histogram(
            "onrecord_question_seconds",
            "From the request to the end of the answer.",
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._written = _WrittenAnswers(self._registry)
        at_work = Gauge("onrecord_at_work", "Questions and searches at work.", registry=self._registry)
        at_work.set_function(lambda: queue.running)
        waiting = Gauge("onrecord_waiting", "Questions and searches in line.", registry=self._registry)
        waiting.set_function(lambda: queue.waiting)
        if model_calls is not None:
            self._registry.register(_ModelMetrics(model_calls))

    def count(self, status: str, seconds: float) -> None:
        """Count one question that has ended, after so many seconds."""
        self._questions.labels(status).inc()
        self._seconds.observe(seconds)

    def count_written(self, answer: Answer) -> None:
        """Count the sentences and the calls of an answer, if a language model had a part in it."""
        self._written.count(answer)

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _WrittenAnswers:
    """What became of the sentences of finished answers, and the calls to models that they took."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._calls = Counter(
            "onrecord_answer_calls",
            "Calls to language models by what they are for, of finished answers.",
            ["purpose"],
            registry=registry,
        )
        self._tokens = Counter(
            "onrecord_answer_tokens",
            "Tokens of those calls, read (prompt) and written (completion).",
            ["purpose", "kind"],
            registry=registry,
        )
        self._sentences = Counter(
            "onrecord_sentences",
            "Sentences that models wrote, by what became of them.",
            ["state"],
            registry=registry,
        )
        self._repaired = Counter(
            "onrecord_sentences_repaired",
            "Of these, sentences that failed their check and were put right.",
            registry=registry,
        )
        self._fallbacks = Counter(
            "onrecord_fallbacks",
            "Calls that failed or were late, so that the next best way was taken.",
            registry=registry,
        )

    def count(self, answer: Answer) -> None:
        for purpose, tokens in answer.usage.by_kind.items():
            self._calls.labels(purpose).inc(tokens.calls)
            self._tokens.labels(purpose, "prompt").inc(tokens.prompt_tokens)
            self._tokens.labels(purpose, "completion").inc(tokens.completion_tokens)
        if answer.draft is None:
            return
        for sentence in answer.sentences:
            # Where the archive is quoted instead, only what stands folded under the answer is a model's.
            if (state := _state(sentence)) and (answer.is_written or not sentence.is_in_text):
                self._sentences.labels(state).inc()
        self._repaired.inc(answer.draft.repaired)
        self._fallbacks.inc(answer.draft.fallbacks)


def _state(sentence: Sentence) -> str | None:
    """What became of a sentence; None for those that are ours."""
    if sentence.role == "gap":
        return "gap"
    if sentence.role != "claim":
        return None
    return {"unsupported": "left_out", "unconfirmed": "unconfirmed"}.get(sentence.support or "", "kept")


class _ModelMetrics(Collector):
    """What the bounds of the language model count, read when the metrics are."""

    def __init__(self, calls: ModelCalls) -> None:
        self._calls = calls

    def collect(self) -> Iterator[Metric]:
        """Calls and tokens of this process, and of the day where a budget is set."""
        calls = self._calls
        made = CounterMetricFamily(
            "onrecord_model_calls",
            "Calls to the language model, or why they were not made.",
            labels=["outcome"],
        )
        made.add_metric(["made"], calls.made)
        made.add_metric(["no_place"], calls.without_place)
        made.add_metric(["no_tokens"], calls.without_tokens)
        yield made
        tokens = CounterMetricFamily(
            "onrecord_model_tokens", "Tokens that the language model read and wrote.", labels=["kind"]
        )
        tokens.add_metric(["prompt"], calls.prompt_tokens)
        tokens.add_metric(["completion"], calls.completion_tokens)
        yield tokens
        now = "onrecord_model_calls_running", "Calls to the language model under way."
        yield GaugeMetricFamily(*now, value=calls.running)
        waiting = "onrecord_model_calls_waiting", "Calls that wait for a place."
        yield GaugeMetricFamily(*waiting, value=calls.waiting)
        if calls.budget is not None:
            limit = "onrecord_model_tokens_daily_limit", "Model tokens allowed in a day (UTC)."
            yield GaugeMetricFamily(*limit, value=calls.budget.limit)
            if (used := calls.budget.used()) is not None:
                day = "onrecord_model_tokens_today", "Model tokens used or reserved today, of all processes."
                yield GaugeMetricFamily(*day, value=used)
