"""How each framework words the same refusal."""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Protocol

import httpx


class Dialect(Protocol):
    """The part of the contract that differs between the frameworks."""

    @property
    def validation_status(self) -> int:
        """The status of an answer to input that does not validate."""
        ...

    def refused_fields(self, response: httpx.Response) -> set[str]:
        """Return the names of the fields that the answer finds fault with; check its shape on the way."""
        ...

    def explanation(self, response: httpx.Response) -> str:
        """Return the sentence in an error answer that is not about fields; check its shape on the way."""
        ...


@dataclass(frozen=True)
class FastAPIDialect:
    """{"detail": [{"loc": ["body", "price"], "msg": "...", "type": "..."}]}"""

    validation_status: int = 422

    def refused_fields(self, response: httpx.Response) -> set[str]:
        body = response.json()
        assert set(body) == {"detail"}
        return set(self._fields(body["detail"]))

    def _fields(self, faults: list[dict[str, Any]]) -> Iterator[str]:
        for fault in faults:
            assert set(fault) == {"loc", "msg", "type"}
            assert isinstance(fault["msg"], str)
            assert isinstance(fault["type"], str)
            # Where it was sent (body, query, ...), then the field, then the way into the field's value.
            yield str(fault["loc"][min(1, len(fault["loc"]) - 1)])

    def explanation(self, response: httpx.Response) -> str:
        body = response.json()
        assert set(body) == {"detail"}
        detail: str = body["detail"]
        return detail


@dataclass(frozen=True)
class FlaskDialect:
    """{"code": 400, "status": "Bad Request", "errors": {"json": {"price": ["..."]}}}"""

    validation_status: int = 400

    def refused_fields(self, response: httpx.Response) -> set[str]:
        body = response.json()
        assert set(body) == {"code", "status", "errors"}
        assert (body["code"], body["status"]) == (400, "Bad Request")
        (faults,) = body["errors"].values()
        return set(faults)

    def explanation(self, response: httpx.Response) -> str:
        body = response.json()
        assert set(body) == {"code", "status", "message"}
        assert (body["code"], body["status"]) == (response.status_code, HTTPStatus(response.status_code).phrase)
        message: str = body["message"]
        return message


DIALECTS: dict[str, Dialect] = {"flask": FlaskDialect(), "fastapi": FastAPIDialect()}
