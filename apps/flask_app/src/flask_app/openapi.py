"""The OpenAPI document, the pages that show it, and the error shape that it describes."""

from collections.abc import Iterable
from typing import Any

import flask_smorest
from flask import Flask, Request
from marshmallow import Schema
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import HTTPException

from flask_app.config import Settings
from flask_app.schemas import Error


class BadRequestParser(FlaskParser):
    """Answers 400, not 422, to arguments that do not validate, always with errors by location and field."""

    DEFAULT_VALIDATION_STATUS = 400

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Parse the body. One that is nested too deeply is as invalid as any other."""
        try:
            return super().load_json(req, schema)
        except RecursionError as error:
            return self._handle_invalid_json_error(error, req)

    def _handle_invalid_json_error(self, error: Exception, req: Request, *args: Any, **kwargs: Any) -> Any:
        flask_smorest.abort(400, exc=error, errors={"json": {"_schema": ["Invalid JSON body."]}})


class Blueprint(flask_smorest.Blueprint):
    """A blueprint whose routes are part of the documented API."""

    ARGUMENTS_PARSER = BadRequestParser()


class Api(flask_smorest.Api):
    """flask-smorest's error shape, with the description and the headers (Allow, ...) of the HTTP error."""

    ERROR_SCHEMA = Error

    def handle_http_exception(self, error: HTTPException) -> tuple[dict[str, Any], int, dict[str, str]]:
        """Turn any HTTP error of the app into JSON."""
        payload, code, headers = super().handle_http_exception(error)
        if "errors" not in payload and error.description:
            payload["message"] = error.description
        kept = {name: value for name, value in error.get_headers() if name != "Content-Type"}
        return payload, code, kept | (headers or {})


def init_app(app: Flask, settings: Settings, blueprints: Iterable[Blueprint]) -> None:
    """Register the documented blueprints, and serve the document and its pages where the settings say."""
    app.config.update(
        API_TITLE="Items API (Flask)",
        API_VERSION="v1",
        API_SPEC_OPTIONS={"servers": [{"url": settings.api_server_url}]},
        OPENAPI_VERSION="3.1.0",
        OPENAPI_SWAGGER_UI_URL="https://cdn.jsdelivr.net/npm/swagger-ui-dist@5/",
        OPENAPI_REDOC_URL="https://cdn.jsdelivr.net/npm/redoc@2/bundles/redoc.standalone.js",
    )
    if settings.openapi_path:
        app.config.update(
            OPENAPI_URL_PREFIX="/",
            OPENAPI_JSON_PATH=settings.openapi_path.lstrip("/"),
            OPENAPI_SWAGGER_UI_PATH=settings.docs_path and settings.docs_path.lstrip("/"),
            OPENAPI_REDOC_PATH=settings.redoc_path and settings.redoc_path.lstrip("/"),
        )
    api = Api(app)
    if settings.auth_token:
        api.spec.components.security_scheme("bearer", {"type": "http", "scheme": "bearer"})
        api.spec.options["security"] = [{"bearer": []}]
    for blueprint in blueprints:
        api.register_blueprint(blueprint)
