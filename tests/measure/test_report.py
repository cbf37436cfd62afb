"""The report of a run, and chart data as CSV."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from zinspector.measure.charts import Series, to_csv
from zinspector.measure.histogram import Histogram
from zinspector.measure.report import LinkTotals, NodeTotals, report


def test_the_report_has_the_fields_of_the_contract() -> None:
    latency = Histogram()
    latency.add(np.array([1000, 2000, 3000]))
    made = report(
        duration_s=2.0,
        nodes={"a": NodeTotals(1, 2, 3, 4, 5)},
        links={"l": LinkTotals(10, 100), "m": LinkTotals(0, 0)},
        latency={"l": latency},
        captured=3,
        dropped=1,
        findings=[{"code": "Z101"}],
    )
    assert made["format"] == "zinspector-report"
    assert made["version"] == 1
    assert made["nodes"]["a"] == {"sent": 1, "received": 2, "bytes_sent": 3, "bytes_received": 4, "errors": 5}
    assert made["links"]["l"]["rate_msg_s"] == 5.0
    assert list(made["links"]["l"]["latency_us"]) == ["p50", "p90", "p99", "p99.9", "max"]
    assert made["links"]["l"]["latency_us"]["max"] == 3.0
    assert made["links"]["m"]["latency_us"] is None
    assert (made["captured"], made["dropped"], made["findings"]) == (3, 1, [{"code": "Z101"}])


def test_no_time_is_no_rate() -> None:
    made = report(
        duration_s=0.0, nodes={}, links={"l": LinkTotals(1, 1)}, latency={}, captured=0, dropped=0, findings=[]
    )
    assert made["links"]["l"]["rate_msg_s"] == 0.0


@pytest.mark.parametrize("name", ["=cmd()", "+1", "-x", "@a", "plain, with comma", 'quo"te'])
def test_csv_reads_back_and_runs_no_formula(name: str) -> None:
    text = to_csv([Series(name, np.array([0.5, 1.0]), np.array([2.0, 1e6]), "s", "msg/s")])
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["series", "x", "x_unit", "y", "y_unit"]
    assert rows[2][1:] == ["1", "s", "1e+06", "msg/s"]
    assert rows[1][0].removeprefix("'") == name
    assert not rows[1][0].startswith(("=", "+", "-", "@"))
