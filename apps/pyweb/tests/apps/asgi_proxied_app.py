"""Answers with what the app knows of its client."""


async def app(scope, receive, send):
    if scope["type"] == "lifespan":
        raise NotImplementedError
    body = f"{scope['scheme']} {scope['client'][0]}".encode()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})
