"""Array types, named by their axes: ``Floats["o d s"]`` is a float64 NumPy array of that shape.

`o` is the origin (exporter), `d` the destination (importer), `s` the sector and `k` the supplying sector of an
input; the order is always ``o d s``, with `k` last. Annotations document shapes (jaxtyping); nothing is checked at
run time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from jaxtyping import Bool, Float64, Int8
else:
    # Nobody reads the shapes at run time, and importing jaxtyping costs every command 0.1 s.
    class _Shaped:
        def __class_getitem__(cls, shape):
            return np.ndarray

    Bool = Float64 = Int8 = _Shaped

__all__ = ["Array", "Bool", "Float64", "Int8"]

Array = np.ndarray
