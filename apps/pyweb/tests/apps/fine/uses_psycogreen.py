import psycopg2
from flask_app import app
from psycogreen.gevent import patch_psycopg

__all__ = ["app", "psycopg2"]

patch_psycopg()
