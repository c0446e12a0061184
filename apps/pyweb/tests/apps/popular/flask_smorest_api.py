from flask import Flask
from flask.views import MethodView
from flask_smorest import Api, Blueprint

app = Flask(__name__)
app.config.update(API_TITLE="Shop", API_VERSION="1", OPENAPI_VERSION="3.1.0")
api = Api(app)
blueprint = Blueprint("hello", "hello")


@blueprint.route("/json")
class Hello(MethodView):
    @blueprint.response(200)
    def get(self):
        return {}


api.register_blueprint(blueprint)
