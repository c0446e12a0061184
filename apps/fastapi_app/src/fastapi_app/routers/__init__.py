"""Routes, by subject."""

from fastapi_app.routers import convertors as convertors  # known before the first route that uses them
