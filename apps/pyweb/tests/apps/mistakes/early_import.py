import early_module
from flask_app import app

__all__ = ["app", "early_module"]
