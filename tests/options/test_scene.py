"""Options of masks that contradict each other are refused."""

from __future__ import annotations

import pytest

from geoquant.errors import OptionError
from geoquant.options.scene import MaskOptions


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"mask_kind": "scl", "mask_classes": ("1=water",)}, "gives a class raster its meaning"),
        ({"mask_kind": "classes"}, "needs --mask-classes"),
        ({"mask_kind": "clouds"}, "takes one of"),
    ],
)
def test_options_that_contradict_each_other_are_refused(options, match):
    with pytest.raises(OptionError, match=match):
        MaskOptions(**options)
