import requests
from flask import Flask

app = Flask(__name__)
session = requests.Session()


@app.get("/json")
def hello():
    return {"prepared": session.prepare_request(requests.Request("GET", "http://upstream/")).url}
