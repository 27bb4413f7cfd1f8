"""The example of the authors' program ppml_fe_bias, category MANUF: coefficient, bias, and both standard errors.

Published: the table in the program's README (github.com/tomzylkin/ppml_fe_bias), seven digits. The panel belongs to the
authors and is not shipped.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from multipolar.gravity import Estimate, correct, estimate, make_panel

ESTIMATE, STD_ERROR, BIAS, CORRECTED, CORRECTED_STD_ERROR = 0.1780290, 0.0350079, 0.0076568, 0.1703722, 0.0419559


@pytest.fixture(scope="module")
def found(shared_data: Path) -> Estimate:
    frame = pd.read_parquet(shared_data / "ppml_bias_example" / "example.parquet")
    manufactures = frame.loc[frame["category"] == "MANUF"]
    panel = make_panel(manufactures, name="example", columns={"exporter": "isoexp", "importer": "isoimp"})
    return estimate(panel, "trade ~ fta | exporter_time + importer_time + pair", cluster="pair")


def test_the_estimate(found: Estimate) -> None:
    assert found.coefficient[0] == pytest.approx(ESTIMATE, abs=6e-8)
    assert found.std_error[0] == pytest.approx(STD_ERROR, abs=6e-8)


def test_bias_and_corrected_standard_error(found: Estimate) -> None:
    made = correct(found)
    assert made.bias is not None
    assert made.bias[0] == pytest.approx(BIAS, abs=6e-8)
    assert made.coefficient[0] == pytest.approx(CORRECTED, abs=6e-8)
    assert made.std_error[0] == pytest.approx(CORRECTED_STD_ERROR, abs=1.2e-7)
