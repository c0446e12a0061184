from flask import Flask
from pymongo import MongoClient

app = Flask(__name__)
client = MongoClient("mongodb://127.0.0.1:1", connect=False)


@app.get("/json")
def hello():
    return {"database": client.shop.name}
