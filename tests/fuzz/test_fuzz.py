"""A bounded number of seeded cases of every kind: each ends well or with a clean error. For more: CONTRIBUTING.md."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.fuzz.fuzzer import Fuzzer
from tests.fuzz.known import is_known
from tests.fuzz.trying import MAKERS

pytestmark = pytest.mark.skipif(os.name == "nt", reason="POSIX limits and process groups")

CASES = {"rasters": 60, "models": 60, "cards": 60, "masks": 40, "areas": 50, "tiles": 50, "requests": 20}
"""Together a minute on an idle machine of two cores."""


@pytest.fixture(scope="module")
def fuzzer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fuzzer]:
    with Fuzzer(keep=tmp_path_factory.mktemp("findings")) as made:
        yield made


@pytest.mark.parametrize("kind", MAKERS)
@pytest.mark.timeout(1800)
def test_odd_input_ends_well_or_with_a_clean_error(kind: str, fuzzer: Fuzzer) -> None:
    found = {seed: fuzzer.try_case(kind, seed) for seed in range(CASES[kind])}
    wrong = {seed: each for seed, each in found.items() if each.is_finding and not is_known(each)}
    told = [f"--kind {kind} --seed {seed} --count 1: {each.kind}, {each.what}" for seed, each in wrong.items()]
    assert not told, "\n".join(["python -m tests.fuzz", *told, next(iter(wrong.values())).detail])


@pytest.mark.parametrize("kind", MAKERS)
def test_some_odd_input_is_taken_and_some_refused(kind: str, fuzzer: Fuzzer) -> None:
    kinds = set()
    for seed in range(1000, 1200):
        kinds.add(fuzzer.try_case(kind, seed).kind)
        if {"ok", "error"} <= kinds:
            break
    assert {"ok", "error"} <= kinds
