"""Open connections, ask for one answer on each, and keep them open and idle until standard input ends.

python hold.py HOST PORT COUNT PATH
"""

import socket
import sys

host, port, count, path = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
request = f"GET {path} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()

held = []
for _ in range(count):
    connection = socket.create_connection((host, port), timeout=10)
    connection.sendall(request)
    if not connection.recv(65536).startswith(b"HTTP/1.1 200"):
        break
    held.append(connection)

# A server that closes idle connections has sent its end of file by now.
for connection in held:
    connection.setblocking(False)
alive = 0
for connection in held:
    try:
        alive += connection.recv(1) != b""
    except BlockingIOError:
        alive += 1
    except ConnectionError:
        pass
print(alive, flush=True)
sys.stdin.read()
