import psycopg
from flask import Flask
from sqlalchemy import create_engine, text

app = Flask(__name__)
engine = create_engine("sqlite://")
postgresql = create_engine("postgresql+psycopg://nobody@127.0.0.1:1/none")


@app.get("/json")
def hello():
    with engine.connect() as connection:
        return {"one": connection.execute(text("select 1")).scalar(), "psycopg": psycopg.__version__}
