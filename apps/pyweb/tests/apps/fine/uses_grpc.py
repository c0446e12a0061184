import grpc.experimental.gevent
from flask_app import app

__all__ = ["app"]

grpc.experimental.gevent.init_gevent()
