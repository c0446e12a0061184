"""Worker classes whose names do not tell that they are gevent based, so nothing patches before they do."""

from gevent import monkey
from gunicorn.workers.ggevent import GeventWorker


class Green(GeventWorker):
    pass


class HalfGreen(GeventWorker):
    def patch(self):
        monkey.patch_all(queue=False, subprocess=False)
