"""Which bytes are a request that can be refused without a parser."""

import pytest
from pyweb.simple_request import simple_request_length

SIMPLE = b"GET /items?limit=5 HTTP/1.1\r\nHost: shop\r\nAccept: */*\r\n\r\n"


def with_field(field):
    return SIMPLE[:-2] + field + b"\r\n\r\n"


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(SIMPLE, id="plain"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no fields"),
        pytest.param(SIMPLE.replace(b"GET", b"DELETE"), id="another method"),
        pytest.param(SIMPLE.replace(b"items", b"connection"), id="a word in the path"),
        pytest.param(with_field(b"Connection: keep-alive"), id="stays"),
        pytest.param(with_field(b"connection: Keep-Alive"), id="stays, written otherwise"),
    ],
)
@pytest.mark.parametrize(
    "next_request", [b"", SIMPLE, b"GET /"], ids=["alone", "another behind it", "a part behind it"]
)
def test_the_head_is_the_request(seen, next_request):
    assert simple_request_length(seen + next_request) == len(seen)


@pytest.mark.parametrize(
    "seen",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(SIMPLE[:-1], id="cut off"),
        pytest.param(SIMPLE.replace(b"GET", b"HEAD"), id="HEAD"),
        pytest.param(SIMPLE.replace(b"GET", b"CONNECT"), id="CONNECT"),
        pytest.param(SIMPLE.replace(b"1.1", b"1.0"), id="HTTP/1.0"),
        pytest.param(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", id="HTTP/2"),
        pytest.param(with_field(b"Connection: close"), id="closes"),
        pytest.param(with_field(b"Connection: keep-alive, upgrade"), id="stays and more"),
        pytest.param(with_field(b"Connection: keep-alive\r\nConnection: close"), id="stays and closes"),
        pytest.param(with_field(b"content-length: 5"), id="body"),
        pytest.param(with_field(b"Content-Length : 5"), id="body, with a space"),
        pytest.param(with_field(b"X: a\nContent-Length: 5"), id="body, after a line feed"),
        pytest.param(with_field(b"TRANSFER-ENCODING: chunked"), id="chunked body"),
        pytest.param(with_field(b"Expect: 100-continue"), id="expects"),
        pytest.param(with_field(b"Upgrade: websocket"), id="upgrades"),
        pytest.param(b"GET / HTTP/1.1\n\nGET / HTTP/1.1\r\n\r\n", id="two for those who take a line feed"),
    ],
)
def test_only_a_parser_can_tell(seen):
    assert simple_request_length(seen) == 0
