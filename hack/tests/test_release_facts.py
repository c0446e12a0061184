"""What reports say about a release."""

from hack.release_facts import without_secrets


def test_secrets_stay_out_of_reports() -> None:
    values = {
        "app": "shop:app",
        "secrets": {"token": {"data": {"API_TOKEN": "s3cret"}}},
        "env": {"PASSWORD": "s3cret"},
        "extraEnv": [{"name": "KEY", "value": "s3cret"}],
    }
    shown = without_secrets(values)
    assert "s3cret" not in str(shown)
    assert shown["app"] == "shop:app"
    assert values["env"] == {"PASSWORD": "s3cret"}
