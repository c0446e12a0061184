"""How long a stopping server goes on answering requests on connections that clients keep open.

A client may be sending its next request at the very moment when the server stops. Whoever closes the connection then
loses that request, and a load balancer turns it into a 502. So a stopping server answers a little longer, with
`Connection: close`, which tells the client to open the next connection elsewhere (RFC 9112 section 9.6).
"""

# The same as gunicorn.workers.gthread.STOP_KEEPALIVE_LINGER (27.0.1), so that all worker classes drain alike.
LINGER_SECONDS = 2.0

# Kept back from Gunicorn's graceful timeout, at whose end the arbiter kills: time to cancel what overran and to run
# the app's lifespan shutdown.
SHUTDOWN_RESERVE_SECONDS = 2.0
