import pymysql
from flask_app import app

__all__ = ["app"]

pymysql.install_as_MySQLdb()
