from psycogreen.gevent import patch_psycopg

patch_psycopg()

from database_views import app  # noqa: E402

__all__ = ["app"]
