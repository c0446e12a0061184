"""The hello-world apps of popular packages start under the strict doctor, which has nothing to say."""

import pytest

WSGI = [
    "flask_requests",
    "flask_sqlalchemy_psycopg",
    "flask_redis",
    "flask_celery",
    "flask_sentry",
    "flask_opentelemetry",
    "flask_numpy",
    "flask_boto3",
    "flask_pymongo",
    "flask_structlog",
    "flask_smorest_api",
    "django_project",
]
ASGI = [
    "starlette_httpx:app",
    "fastapi_redis_sentry:app",
    "fastapi_aiohttp_numpy:app",
    "fastapi_sqlalchemy_asyncio:app",
    "django_project:asgi_app",
]


def assert_healthy(server):
    server.until_ready()
    assert server.get("/json").status() == 200, server.log
    assert "pyweb doctor" not in server.log


@pytest.mark.parametrize("worker_class", ["gthread", "pyweb.workers.GeventWorker"])
@pytest.mark.parametrize("module", WSGI)
def test_wsgi(gunicorn, module, worker_class):
    assert_healthy(gunicorn("-k", worker_class, app=f"{module}:app", PYWEB_DOCTOR="strict"))


@pytest.mark.parametrize("worker_class", ["pyweb.workers.UvicornWorker", "asgi"])
@pytest.mark.parametrize("app", ASGI)
def test_asgi_under_gunicorn(gunicorn, app, worker_class):
    assert_healthy(gunicorn("-k", worker_class, app=app, PYWEB_DOCTOR="strict"))


@pytest.mark.parametrize("app", ASGI)
def test_asgi_under_uvicorn(uvicorn, app):
    assert_healthy(uvicorn(app=app, PYWEB_DOCTOR="strict"))
