"""The application factory: every part of the app is put together here, and only here."""

from flask import Flask
from flask.json.provider import DefaultJSONProvider

from flask_app import auth, database, errors, logs, metrics, openapi, readiness
from flask_app.blueprints import inference, items, operations, reports, upstream, workloads
from flask_app.config import Settings, load_settings
from flask_app.migrate import migrate
from flask_app.model import Model
from flask_app.reports import ReportQueue
from flask_app.upstream import Upstream

API = (items.blueprint, reports.blueprint, inference.blueprint, upstream.blueprint, workloads.blueprint)


class JSONInFieldOrder(DefaultJSONProvider):
    """Keeps the order of the schemas' fields."""

    sort_keys = False


def create_app(settings: Settings | None = None) -> Flask:
    """Build the app. No connection is opened to a database server: each worker does that on first use.

    Raises:
        ConfigurationError: an environment variable is malformed.
    """
    settings = settings or load_settings()
    app = Flask(__name__)
    app.json = JSONInFieldOrder(app)
    metrics.init_app(app)
    logs.init_app(app, settings)
    errors.init_app(app)
    database.init_app(app, settings)
    readiness.init_app(app, settings)
    app.extensions["model"] = Model()
    app.extensions["reports"] = ReportQueue(app.extensions["sessions"], settings.report_claim)
    app.extensions["upstream"] = settings.upstream_url and Upstream(settings.upstream_url, settings.upstream_timeout)
    app.register_blueprint(operations.blueprint)
    openapi.init_app(app, settings, API)
    auth.init_app(app, settings.auth_token, API)
    if settings.uses_sqlite:
        migrate(settings)
    return app
