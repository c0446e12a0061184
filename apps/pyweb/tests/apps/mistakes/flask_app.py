"""Nothing wrong with it: the mistake is the server that it runs under."""

from flask import Flask

app = Flask(__name__)


@app.get("/json")
def hello():
    return {"message": "Hello, World!"}
