"""The application: every part of it is put together here, and only here."""

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TypedDict

from fastapi import APIRouter, Depends, FastAPI

from fastapi_app import errors, logs, metrics
from fastapi_app.auth import require_token
from fastapi_app.config import Settings, load_settings
from fastapi_app.database import Sessions, create_engine
from fastapi_app.migrate import migrate
from fastapi_app.model import Model
from fastapi_app.readiness import DatabaseCheck, publish
from fastapi_app.reports import ReportQueue
from fastapi_app.routers import inference, items, operations, reports, upstream, workloads
from fastapi_app.upstream import Upstream


class State(TypedDict):
    """What lives as long as the process; handlers find it in `request.state`."""

    settings: Settings
    sessions: Sessions
    database_check: DatabaseCheck
    model: Model
    executor: Executor
    upstream: Upstream | None
    reports: ReportQueue


def create_app(settings: Settings | None = None) -> FastAPI:
    """Build the app. What holds sockets or tasks is made by the lifespan, in the process that serves.

    Raises:
        ConfigurationError: an environment variable is malformed.
    """
    settings = settings or load_settings()
    app = FastAPI(
        title="Items API (FastAPI)",
        version="v1",
        lifespan=_lifespan(settings),
        docs_url=settings.docs_path,
        redoc_url=settings.redoc_path,
        openapi_url=settings.openapi_path,
        servers=[{"url": settings.api_server_url}],
    )
    if settings.log_format == "json":
        logs.configure(settings.log_level)
    # The last one added is the first to see a request.
    app.add_middleware(logs.RequestLog, write=settings.log_format == "json")
    app.add_middleware(metrics.RequestMetrics)
    errors.init_app(app)
    app.include_router(operations.router)
    api = APIRouter()
    if settings.auth_token:
        api = APIRouter(dependencies=[Depends(require_token)], responses=errors.UNAUTHORIZED)
    for router in (items.router, reports.router, inference.router, upstream.router, workloads.router):
        api.include_router(router)
    app.include_router(api)
    return app


def _lifespan(settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[State]:
        if settings.uses_sqlite:
            await migrate(settings)
        async with AsyncExitStack() as stack:
            engine = create_engine(settings, settings.database_pool_size)
            stack.push_async_callback(engine.dispose)
            metrics.observe_pool(engine.pool, settings.database_pool_size)
            sessions = Sessions(engine, settings.database_pool_size)
            check = DatabaseCheck(settings)
            stack.push_async_callback(check.close)
            publish(check)
            client = Upstream(settings.upstream_url, settings.upstream_timeout) if settings.upstream_url else None
            if client:
                stack.push_async_callback(client.close)
            # One thread: a prediction keeps a core busy, and a pod of one process has about one.
            executor = stack.enter_context(ThreadPoolExecutor(max_workers=1, thread_name_prefix="inference"))
            yield State(
                settings=settings,
                sessions=sessions,
                database_check=check,
                model=Model(),
                executor=executor,
                upstream=client,
                reports=ReportQueue(sessions, settings.report_claim),
            )

    return lifespan
