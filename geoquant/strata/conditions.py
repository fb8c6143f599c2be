"""The imaging conditions (strata) and their names."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]
Conditions = NDArray[np.uint8]


class Stratum(IntEnum):
    """One imaging condition; ``NO_DATA`` is never chosen and never judged."""

    NO_DATA = 0
    LAND_DULL_BARE = 1
    LAND_DULL_GREEN = 2
    LAND_BRIGHT_BARE = 3
    LAND_BRIGHT_GREEN = 4
    WATER = 5
    SNOW = 6
    THICK_CLOUD = 7
    THIN_CLOUD = 8
    CLOUD_EDGE = 9
    SHADOW = 10
    SCENE_EDGE = 11

    @property
    def label(self) -> str:
        """The name that people read: "land dull bare", "cloud edge"."""
        return self.name.lower().replace("_", " ")


CLEAR = int(Stratum.LAND_DULL_BARE)
"""What mask decoders write for clear land; ``refine`` splits it by brightness and greenness."""

STRATUM_COUNT = len(Stratum)
