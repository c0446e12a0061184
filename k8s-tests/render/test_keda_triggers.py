"""The chart knows the triggers that KEDA knows."""

from __future__ import annotations

from typing import Any

import pytest
from rendering import HelmError, render

from hack import keda_scalers

NAMES = keda_scalers.from_keda()


def triggers(*triggers: dict[str, Any]) -> dict[str, Any]:
    return {"server": {"pyweb": True}, "autoscaling": {"enabled": True, "extraTriggers": list(triggers)}}


def test_the_list_is_kedas() -> None:
    assert keda_scalers.TEMPLATE.read_text(encoding="utf-8") == keda_scalers.template(NAMES), (
        "KEDA's scalers have changed: python -m hack.keda_scalers"
    )


def test_everything_that_keda_reads_is_accepted() -> None:
    # What scales on memory is refused for another reason.
    every = [
        {"type": kind, "name": f"my-{kind}", "metricType": "AverageValue", "metadata": dict.fromkeys(names, "x")}
        for kind, names in NAMES.items()
        if kind != "memory"
    ]
    assert len(every) > 70
    assert render("flask-app", triggers(*every))


@pytest.mark.parametrize("kind", ["aws-sqs-queue", "azure-servicebus", "kafka"])
def test_what_keda_reads_beside_its_schema_is_accepted(kind: str) -> None:
    beside = {"awsAccessKeyIDFromEnv": "KEY", "awsSecretAccessKeyFromEnv": "SECRET"}
    with pytest.raises(HelmError) as refusal:
        render("flask-app", triggers({"type": kind, "metadata": {**beside, "cloud": "Private", "misspelt": "x"}}))
    noticed = {name for name in (*beside, "cloud", "misspelt") if f"metadata.{name}," in str(refusal.value)}
    assert noticed == ({*beside, "misspelt"} if kind == "azure-servicebus" else {"cloud", "misspelt"})


def test_a_password_where_keda_does_not_look_for_it() -> None:
    """It reads it from authenticationRef or from a variable of the container."""
    queue = {"queueName": "orders", "mode": "QueueLength", "value": "20"}
    assert render("flask-app", triggers({"type": "rabbitmq", "metadata": {**queue, "passwordFromEnv": "SECRET"}}))
    with pytest.raises(HelmError, match=r"metadata\.password, which KEDA's scaler does not read"):
        render("flask-app", triggers({"type": "rabbitmq", "metadata": {**queue, "password": "secret"}}))


def test_a_server_of_ones_own_gets_whatever_it_wants() -> None:
    mine = {"type": "external", "metadata": {"scalerAddress": "scaler:50051", "city": "Berlin"}}
    assert render("flask-app", triggers(mine))
