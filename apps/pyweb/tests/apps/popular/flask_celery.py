from celery import Celery
from flask import Flask

app = Flask(__name__)
tasks = Celery("shop", broker="memory://")


@tasks.task
def add(a, b):
    return a + b


@app.get("/json")
def hello():
    return {"sum": add(1, 2)}
