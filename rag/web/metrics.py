"""Prometheus metrics of one server."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

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

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)


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
