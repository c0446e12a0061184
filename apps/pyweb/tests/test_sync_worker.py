"""What `charts/flask-app` says about Gunicorn's sync worker."""

import socket
import time


def test_a_client_that_does_not_close_holds_up_all_others(serve):
    server = serve("sync").until_ready()

    def wait_beside(close):
        with socket.create_connection(("127.0.0.1", server.port)) as client:
            client.sendall(b"GET /json HTTP/1.1\r\nHost: localhost\r\n\r\n")
            while client.recv(4096):  # to the end of the response, which the server has closed
                pass
            if close:
                client.close()
            begin = time.monotonic()
            assert server.get("/json").status() == 200
            return time.monotonic() - begin

    assert wait_beside(close=False) > 3 * min(wait_beside(close=True) for _ in range(3))
