import structlog
from flask import Flask

app = Flask(__name__)
log = structlog.get_logger()


@app.get("/json")
def hello():
    log.info("hello")
    return {}
