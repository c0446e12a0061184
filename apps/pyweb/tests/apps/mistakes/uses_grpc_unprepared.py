import grpc
from flask_app import app

__all__ = ["app", "grpc"]
