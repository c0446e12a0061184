"""Predictions of a NumPy model."""

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from . import web
from .conftest import App
from .servers import SERVERS, serve

ROW = [0.5, -1, 2.25, 0, 1e6, -1e6, 3, 1e-9]


def predict(client: httpx.Client, features: object) -> httpx.Response:
    return client.post("/predict", json={"features": features})


def random_rows(count: int) -> list[list[float]]:
    generator = random.Random(count)
    return [[generator.uniform(-10, 10) for _ in range(8)] for _ in range(count)]


@pytest.mark.parametrize("count", [1, 7, 256])
def test_one_prediction_per_row(client: httpx.Client, count: int) -> None:
    response = predict(client, random_rows(count))

    assert response.status_code == 200
    predictions = response.json()["predictions"]
    assert len(predictions) == count
    assert len(set(predictions)) == count


def test_the_same_rows_give_the_same_predictions(client: httpx.Client) -> None:
    assert predict(client, [ROW]).text == predict(client, [ROW]).text


def test_simultaneous_requests_do_not_mix(app: App) -> None:
    batches = [random_rows(count) for count in range(1, 13)]
    with web.client(app.base_url) as client:
        alone = [predict(client, rows).json() for rows in batches]

    def ask(rows: list[list[float]]) -> object:
        return web.post(f"{app.base_url}/predict", {"features": rows}).json()

    with ThreadPoolExecutor(len(batches)) as pool:
        assert list(pool.map(ask, batches)) == alone


@pytest.mark.parametrize(
    "features",
    [
        None,
        [],
        ROW,
        [ROW[:-1]],
        [[*ROW, 1]],
        [ROW] * 257,
        [[*ROW[:-1], "1"]],
        [[*ROW[:-1], True]],
        [[*ROW[:-1], None]],
        [[*ROW[:-1], 1.1e6]],
    ],
    ids=["null", "no rows", "no matrix", "short row", "long row", "too many", "text", "boolean", "hole", "too large"],
)
def test_what_is_no_matrix_is_refused(app: App, client: httpx.Client, features: object) -> None:
    response = predict(client, features)

    assert response.status_code == app.dialect.validation_status
    assert app.dialect.refused_fields(response) == {"features"}


@pytest.mark.local
def test_all_servers_predict_the_same_to_the_last_bit(tmp_path: Path) -> None:
    """JSON carries a float64 without loss: equal numbers are equal bits."""
    rows = random_rows(200)
    predictions = []
    with ExitStack() as stack:
        for server in SERVERS:
            directory = tmp_path / server
            directory.mkdir()
            base_url = stack.enter_context(serve(server, directory, {}))
            predictions.append(web.post(f"{base_url}/predict", {"features": rows}).json()["predictions"])

    assert len(predictions[0]) == len(rows)
    assert predictions == [predictions[0]] * len(SERVERS)
