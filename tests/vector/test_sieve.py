"""Small regions joined to neighbours: what plain loops over the whole map say, whatever the strips."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoquant.vector.sieve import connected, numbered, plan

NODATA = 255


def neighbours_of(pixel, shape):
    row, col = pixel
    for y, x in ((row - 1, col), (row, col - 1), (row, col + 1), (row + 1, col)):
        if 0 <= y < shape[0] and 0 <= x < shape[1]:
            yield y, x


def regions(classes):
    """Sets of pixels, in the order of their first ones."""
    seen, found = set(), []
    for pixel in np.ndindex(*classes.shape):
        if pixel in seen or classes[pixel] == NODATA:
            continue
        region, edge = {pixel}, [pixel]
        while edge:
            for near in neighbours_of(edge.pop(), classes.shape):
                if near not in region and classes[near] == classes[pixel]:
                    region.add(near)
                    edge.append(near)
        seen |= region
        found.append(region)
    return found


def sieved_by_loops(classes, smallest):
    """Join the smallest region, and look at the whole map anew, until none is small that has a neighbour."""
    classes = classes.copy()
    while True:
        found = regions(classes)
        owner = {pixel: number for number, region in enumerate(found) for pixel in region}
        for number in sorted(range(len(found)), key=lambda number: (len(found[number]), number)):
            borders = Counter(
                owner[near]
                for pixel in found[number]
                for near in neighbours_of(pixel, classes.shape)
                if near in owner and owner[near] != number
            )
            if len(found[number]) < smallest and borders:
                target = min(borders, key=lambda one: (-borders[one], one))
                value = classes[next(iter(found[target]))]
                for pixel in found[number]:
                    classes[pixel] = value
                break
        else:
            return classes


def cut(classes, rows):
    edges = sorted({0, len(classes), *(row for row in rows if row < len(classes))})
    return [classes[first:end] for first, end in pairwise(edges)]


maps = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(0, 2**32 - 1), st.integers(2, 4)).map(
    lambda given: np.random.default_rng(given[2]).choice(
        np.array([1, 2, 3, NODATA][-given[3] :], np.uint8), (given[0], given[1])
    )
)


@settings(max_examples=300)
@given(maps, st.integers(1, 12), st.lists(st.integers(1, 8), max_size=4))
def test_any_strips_give_what_plain_loops_give(classes, smallest, rows):
    strips = cut(classes, rows)
    joined = np.concatenate(list(plan(strips, NODATA, smallest).applied(strips)))
    np.testing.assert_array_equal(joined, sieved_by_loops(classes, smallest))


@settings(max_examples=100)
@given(maps, st.integers(1, 12))
def test_no_data_neither_grows_nor_shrinks(classes, smallest):
    (joined,) = plan([classes], NODATA, smallest).applied([classes])
    np.testing.assert_array_equal(joined == NODATA, classes == NODATA)


def test_an_island_keeps_its_class():
    classes = np.full((5, 5), NODATA, np.uint8)
    classes[2, 2] = 3
    (joined,) = plan([classes], NODATA, 100).applied([classes])
    np.testing.assert_array_equal(joined, classes)


def test_the_longest_border_decides():
    classes = np.array([[1, 1, 1, 1], [1, 3, 3, 2], [1, 2, 2, 2]], np.uint8)
    (joined,) = plan([classes], NODATA, 3).applied([classes])
    assert set(joined[1, 1:3]) == {2} or set(joined[1, 1:3]) == {1}
    assert 3 not in joined


@pytest.mark.parametrize("side", [1, 2, 50])
def test_a_spiral_is_one_region(side):
    classes = np.zeros((side, side), np.uint8)
    assert numbered(classes, NODATA)[1] == 1
    chain = np.arange(10_000)
    assert (connected(10_001, chain, chain + 1) == 0).all()
