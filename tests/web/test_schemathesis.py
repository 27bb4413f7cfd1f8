"""Requests made up from the description of the server: no answer is a fault, and each is one that was described."""

from __future__ import annotations

import json
from pathlib import Path

import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.specs.openapi.checks import response_schema_conformance

DESCRIPTION = json.loads((Path(__file__).parents[2] / "web" / "openapi.json").read_text(encoding="utf-8"))

schema = schemathesis.openapi.from_dict(DESCRIPTION)
# Every corner of the scenario's schema would be thousands of requests; a handful each are made up instead.
schema.config.phases.coverage.enabled = False


@schema.exclude(path_regex="/api/(bloc|stability|orbits|bands|claims/compute)").parametrize()
@settings(
    max_examples=8,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)
def test_no_request_makes_the_server_fail(case: schemathesis.Case, server: str) -> None:
    answer = case.call(base_url=server, timeout=60)
    assert answer.status_code < 500, answer.text
    if answer.status_code == 200:
        case.validate_response(answer, checks=[response_schema_conformance])
    if answer.status_code >= 400:
        assert json.loads(answer.text)["detail"]
