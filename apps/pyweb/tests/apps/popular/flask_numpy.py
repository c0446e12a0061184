import numpy as np
from flask import Flask

app = Flask(__name__)
weights = np.ones(8)


@app.get("/json")
def hello():
    return {"score": float(weights @ weights)}
