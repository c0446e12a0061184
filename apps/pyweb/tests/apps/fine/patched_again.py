from gevent import monkey

monkey.patch_all()

from early_sleep import app  # noqa: E402

__all__ = ["app"]
