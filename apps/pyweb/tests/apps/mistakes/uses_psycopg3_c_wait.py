"""psycopg 3 told to wait in C."""

import os

os.environ["PSYCOPG_WAIT_FUNC"] = "wait_c"

import psycopg
from flask_app import app

__all__ = ["app", "psycopg"]
