def create_app():
    from fastapi_app import app

    return app
