"""Runs a Python web app correctly in Kubernetes: what Gunicorn and Uvicorn flags cannot do.

This module imports nothing: under gevent the interpreter must be monkey-patched before anything else is imported.
"""
