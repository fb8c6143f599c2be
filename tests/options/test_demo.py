"""Options of the demo are checked."""

from __future__ import annotations

import pytest

from geoquant.errors import OptionError
from geoquant.options.demo import DemoOptions


@pytest.mark.parametrize(
    ("options", "words"), [({"size": 1025}, "even"), ({"size": 100}, "1024"), ({"seed": -1}, "seed")]
)
def test_options_are_checked(options: dict[str, int], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        DemoOptions(**options)
