import sentry_sdk
from flask import Flask

sentry_sdk.init(dsn="http://public@127.0.0.1:1/1", traces_sample_rate=1.0, profiles_sample_rate=1.0)
app = Flask(__name__)


@app.get("/json")
def hello():
    return {"version": sentry_sdk.VERSION}
