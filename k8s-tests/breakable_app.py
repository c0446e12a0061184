"""An app that answers GET /json until it is told to break: the file /tmp/broken says how. Runs in a pod, from a ConfigMap."""

import http.server
import pathlib

BROKEN = pathlib.Path("/tmp/broken")


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        broken = BROKEN.read_text().strip() if BROKEN.exists() else ""
        probed = self.path == "/readyz"
        status = {("readiness", True): 503, ("answers", False): 500}.get((broken, probed), 200)
        body = b'{"message": "Hello, World!"}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


if __name__ == "__main__":
    http.server.ThreadingHTTPServer(("", 8000), Handler).serve_forever()
