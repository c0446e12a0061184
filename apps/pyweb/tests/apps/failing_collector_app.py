from prometheus_client import REGISTRY
from prometheus_client.registry import Collector
from wsgi_app import app

__all__ = ["app"]


class FailingCollector(Collector):
    def describe(self):
        return []

    def collect(self):
        raise RuntimeError("no database")


REGISTRY.register(FailingCollector())
