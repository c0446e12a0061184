import asyncio

from flask import Flask
from flask.views import MethodView
from werkzeug.middleware.proxy_fix import ProxyFix

flask_app = Flask(__name__)


@flask_app.get("/report")
async def report():
    await asyncio.sleep(0)
    return {}


class Item(MethodView):
    async def get(self):
        return {}


flask_app.add_url_rule("/item", view_func=Item.as_view("item"))


@flask_app.get("/json")
def plain():
    return {}


app = ProxyFix(flask_app)
