"""Array types, named by their axes: ``Floats["o d s"]`` is a float64 NumPy array of that shape.

`o` is the origin (exporter), `d` the destination (importer), `s` the sector and `k` the supplying sector of an
input; the order is always ``o d s``, with `k` last. Annotations document shapes (jaxtyping); nothing is checked at
run time.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int8

__all__ = ["Array", "Bool", "Float64", "Int8"]

Array = np.ndarray
