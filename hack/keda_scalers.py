"""Write the chart's list of what KEDA's scalers read from a trigger's metadata: `python -m hack.keda_scalers`.

The source is the schema that KEDA makes from its own code, in its Go module at the version of the platform's.
"""

from __future__ import annotations

import json
from operator import itemgetter
from typing import Any

from hack.settings import ROOT
from images.platform import golang

_KEDA = "github.com/kedacore/keda/v2"
MODULE = f"{_KEDA}@{golang.required(_KEDA)}"
TEMPLATE = ROOT / "charts" / "pyweb" / "templates" / "_keda-scalers.tpl"

# Pass everything on to a server of the user's own.
_OPEN = ("external", "external-push")

# What pkg/scalers/aws and pkg/scalers/azure read by themselves, which the schema does not know, by how the types begin.
_AWS = ("awsAccessKeyID", "awsAccessKeyIDFromEnv", "awsSecretAccessKeyFromEnv", "identityOwner")
_AZURE = ("activeDirectoryEndpoint", "cloud", "cosmosDBResourceURL", "endpointSuffix", "storageEndpointSuffix")
_BESIDE = {"apache-kafka": _AWS, "aws-": _AWS, "azure-": _AZURE, "kafka": _AWS}


def from_keda() -> dict[str, list[str]]:
    """Return the names that each type of trigger reads, sorted; `*` for a type that reads any. Needs Go."""
    schema = json.loads((golang.module_dir(_KEDA, None) / "schema/generated/scalers-schema.json").read_text())
    return {scaler["type"]: _names(scaler) for scaler in sorted(schema["scalers"], key=itemgetter("type"))}


def _names(scaler: dict[str, Any]) -> list[str]:
    if scaler["type"] in _OPEN:
        return ["*"]
    names = {each["name"] for each in scaler["parameters"] if each.get("metadataVariableReadable")}
    # The value of a variable of the app's container, which the metadata names.
    names |= {f"{each['name']}FromEnv" for each in scaler["parameters"] if each.get("envVariableReadable")}
    return sorted(names.union(*(more for kind, more in _BESIDE.items() if scaler["type"].startswith(kind))))


def template(scalers: dict[str, list[str]]) -> str:
    """Return the template that holds them as YAML."""
    return "\n".join(
        [
            "{{/*",
            f"Types of KEDA triggers and what each reads from its metadata, as YAML. From {MODULE} by hack/keda_scalers.py.",
            "*/}}",
            '{{- define "pyweb.kedaScalers" -}}',
            *(f"{kind}: {json.dumps(names)}" for kind, names in scalers.items()),
            "{{- end -}}",
            "",
        ]
    )


if __name__ == "__main__":
    TEMPLATE.write_text(template(from_keda()))
