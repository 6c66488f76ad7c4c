"""Prometheus metrics of one server."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from rag.request_queue import RequestQueue

_SECONDS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 40, 90)


class Metrics:
    """Counters of one server in a registry of its own; they hold no text of questions."""

    def __init__(self, queue: RequestQueue) -> None:
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

    def count(self, status: str, seconds: float) -> None:
        """Count one question that has ended, after so many seconds."""
        self._questions.labels(status).inc()
        self._seconds.observe(seconds)

    def exposition(self) -> bytes:
        """The metrics in Prometheus' text format."""
        return generate_latest(self._registry)
