import psycopg2
from flask_app import app

__all__ = ["app", "psycopg2"]
