import boto3
from flask import Flask

app = Flask(__name__)
bucket = boto3.client("s3", region_name="eu-west-1", aws_access_key_id="a", aws_secret_access_key="b")


@app.get("/json")
def hello():
    return {"endpoint": bucket.meta.endpoint_url}
