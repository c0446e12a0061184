import psycopg
from flask_app import app

__all__ = ["app", "psycopg"]
