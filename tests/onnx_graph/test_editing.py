"""The graph view: whatever is edited through it, its answers are those of a view that is made anew."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from geoquant.errors import ModelError
from geoquant.onnx_graph.editing import Graph
from geoquant.onnx_graph.nodes import attribute, attributes, reads
from tests.builders.networks import run, u_shaped


def model_of(nodes: list[Any], weights: dict[str, np.ndarray] | None = None, output: str = "y") -> onnx.ModelProto:
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, "h", "w"])]
    outputs = [helper.make_tensor_value_info(output, TensorProto.FLOAT, None)]
    stored = [numpy_helper.from_array(value, name) for name, value in (weights or {}).items()]
    graph = helper.make_graph(nodes, "net", inputs, outputs, stored)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)


def chain(length: int) -> onnx.ModelProto:
    """x -> t0 -> t1 ... -> y, each node by the name of its result."""
    names = ["x", *(f"t{i}" for i in range(length - 1)), "y"]
    return model_of([helper.make_node("Relu", [a], [b], name=b) for a, b in pairwise(names)])


def assert_indexes_are_right(graph: Graph) -> None:
    fresh = Graph(graph.model)
    assert all(mine is theirs for mine, theirs in zip(graph.nodes, fresh.nodes, strict=True))
    assert all(mine is theirs for mine, theirs in zip(graph.nodes, graph.model.graph.node, strict=True))
    assert dict(graph.initializers) == dict(fresh.initializers)
    names = {name for node in fresh.nodes for name in (*reads(node), *node.output)} | {"x", "y", "unknown"}
    for name in names:
        assert graph.producer(name) is fresh.producer(name)
        assert list(map(id, graph.consumers(name))) == list(map(id, fresh.consumers(name)))
        assert graph.only_consumer(name) is fresh.only_consumer(name)


EDITS = st.sampled_from(
    ["insert", "append", "remove", "replace", "uses", "inputs", "outputs", "store", "value", "clean", "dead", "rename"]
)
STEPS = st.lists(st.tuples(EDITS, st.integers(0, 10**6), st.integers(0, 10**6)), max_size=30)


class Editor:
    """Makes any edit of two numbers, so that the graph stays one in which every tensor has one producer."""

    def __init__(self) -> None:
        self.graph = Graph.copied(u_shaped())
        self.count = 0

    def node(self, first: int, second: int) -> onnx.NodeProto:
        self.count += 1
        sources = [self.tensor(first), self.tensor(second), *([""] if first % 3 == 0 else [])]
        return helper.make_node("Sum", sources, [f"new{self.count}"])

    def tensor(self, number: int) -> str:
        made = [name for node in self.graph.nodes for name in node.output]
        return ["x", *self.graph.initializers, *made][number % (1 + len(self.graph.initializers) + len(made))]

    def some(self, number: int) -> onnx.NodeProto:
        return self.graph.nodes[number % len(self.graph.nodes)]

    def make(self, edit: str, first: int, second: int) -> None:
        graph = self.graph
        if edit in ("append", "insert") or not graph.nodes:
            new = [self.node(first, second), self.node(second, first)]
            made = graph.insert_after(self.some(first), new) if edit == "insert" and graph.nodes else graph.append(*new)
            assert all(node in graph for node in made)
        elif edit == "remove":
            node = self.some(first)
            graph.remove([node])
            assert node not in graph
        elif edit == "replace":
            old = list({id(node): node for node in (self.some(first), self.some(second))}.values())
            outputs = [name for node in old for name in node.output]
            graph.replace(old, [helper.make_node("Split", [self.tensor(first)], outputs)])
        elif edit == "uses":
            graph.replace_uses(self.tensor(first), self.tensor(second))
        elif edit == "inputs":
            graph.set_inputs(self.some(first), [self.tensor(second), "", self.tensor(first)])
        elif edit == "outputs":
            self.count += 1
            graph.set_outputs(self.some(first), [f"new{self.count}"])
        elif edit == "store":
            graph.add_initializer(np.array(first), graph.unique_name(self.tensor(second)))
        elif edit == "value" and graph.initializers:
            name = list(graph.initializers)[first % len(graph.initializers)]
            graph.set_initializer(name, np.array(second))
            assert graph.scalar(name) == second
        elif edit == "clean":
            graph.remove_unused_initializers()
        elif edit == "dead":
            graph.remove_unused_nodes()
        elif edit == "rename":
            self.count += 1
            graph.rename({self.tensor(first): f"new{self.count}"})


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_after_any_edits_the_indexes_are_those_of_a_fresh_view(steps) -> None:
    editor = Editor()
    for step in steps:
        editor.make(*step)
        assert_indexes_are_right(editor.graph)


@settings(max_examples=50, deadline=None)
@given(st.permutations(range(8)), st.integers(0, 5))
def test_sorting_takes_turns_through_the_graph_as_a_person_would(order, seed) -> None:
    random = np.random.default_rng(seed)
    nodes = [helper.make_node("Relu", ["x"], ["t0"], name="t0")]
    for i in range(1, 8):
        sources = [f"t{j}" for j in random.choice(i, min(i, 2), replace=False)]
        nodes.append(helper.make_node("Sum", sources, [f"t{i}"], name=f"t{i}"))
    graph = Graph(model_of([nodes[i] for i in order], output="t7"))
    graph.sort()
    waiting, expected = [nodes[i] for i in order], []
    while waiting:
        for node in list(waiting):
            if not {name for name in node.input if name != "x"} - set(expected):
                expected.append(node.name)
                waiting.remove(node)
    assert [node.name for node in graph.nodes] == expected
    assert_indexes_are_right(graph)


def test_a_cycle_is_named() -> None:
    nodes = [helper.make_node("Sum", ["x", "b"], ["a"], name="first"), helper.make_node("Relu", ["a"], ["b"])]
    with pytest.raises(ModelError, match="cycle through Sum first"):
        Graph(model_of(nodes)).sort()


def test_any_number_of_nodes_fits_between_two_others() -> None:
    graph = Graph(chain(3))
    first = graph.nodes[0]
    for i in range(200):  # halving the distance of two floats ends after some fifty times
        graph.insert_after(first, [helper.make_node("Relu", ["t0"], [f"side{i}"])])
    assert [node.output[0] for node in graph.consumers("t0")] == [*(f"side{i}" for i in reversed(range(200))), "t1"]
    assert_indexes_are_right(graph)
    graph.remove(graph.consumers("t0")[:-1])
    assert graph.model == chain(3)


def test_copies_are_edited_and_the_given_model_stays() -> None:
    model = u_shaped()
    before = model.SerializeToString()
    graph = Graph.copied(model)
    graph.remove(graph.nodes)
    graph.remove_unused_initializers()
    assert not graph.model.graph.node
    assert not graph.model.graph.initializer
    assert model.SerializeToString() == before


def test_a_bypassed_node_leaves_the_same_function_without_it() -> None:
    model = u_shaped()
    graph = Graph.copied(model)
    before = next(graph.nodes_of("MaxPool"))
    (twin,) = graph.insert_after(before, [helper.make_node("Identity", [before.output[0]], ["twin"])])
    graph.replace_uses(before.output[0], "twin")
    graph.set_inputs(twin, [before.output[0]])
    x = np.random.default_rng(0).normal(size=(1, 4, 16, 16)).astype(np.float32)
    np.testing.assert_array_equal(run(graph.model, x), run(model, x))
    graph.replace_uses("twin", before.output[0])
    graph.remove([twin])
    assert graph.model == model


def test_what_a_tensor_is_made_by_and_goes_to() -> None:
    nodes = [
        helper.make_node("Constant", [], ["two"], value_float=2.0),
        helper.make_node("Mul", ["x", "two"], ["m"]),
        helper.make_node("Add", ["m", "m"], ["s"]),
        helper.make_node("Clip", ["s", "", "six"], ["y"]),
        helper.make_node("Relu", ["y"], ["z"]),
    ]
    graph = Graph(model_of(nodes, {"six": np.array([6], np.float32), "w": np.ones((2, 3), np.float32)}))
    assert graph.producer("m", "Mul").output[0] == "m"
    assert graph.producer("m", "Add", "Relu") is graph.producer("x") is graph.producer("") is None
    assert [node.op_type for node in graph.consumers("m")] == ["Add"]
    assert graph.only_consumer("m").op_type == "Add"
    assert graph.only_consumer("m", "Mul") is graph.only_consumer("y") is None  # y leaves the network
    assert graph.consumers("") == []
    assert (graph.scalar("two"), graph.scalar("six"), graph.scalar("w"), graph.scalar("m")) == (2.0, 6.0, None, None)
    assert (graph.is_constant("two"), graph.is_constant("w"), graph.is_constant("x")) == (True, True, False)
    assert [node.op_type for node in graph.nodes_towards("s")] == ["Constant", "Mul", "Add"]
    assert (graph.unique_name("new"), graph.unique_name("w"), graph.unique_name("x")) == ("new", "w_", "x_")
    assert (graph.shape("x"), graph.shape("y"), graph.shape("m")) == ((None, 2, None, None), None, None)
    graph.remove_unused_nodes()
    assert [node.op_type for node in graph.nodes] == ["Constant", "Mul", "Add", "Clip"]


def test_old_files_list_initializers_as_inputs() -> None:
    model = model_of([helper.make_node("Add", ["x", "used"], ["y"])], {"used": np.ones(1), "spare": np.ones(1)})
    model.graph.input.insert(0, helper.make_tensor_value_info("spare", TensorProto.DOUBLE, [1]))
    graph = Graph(model)
    assert graph.input_name == "x"
    graph.remove_unused_initializers()
    assert ([value.name for value in model.graph.input], list(graph.initializers)) == (["x"], ["used"])


def with_branches() -> onnx.ModelProto:
    """An If whose branches read a tensor and a constant from outside, and one that shadows what it could read."""
    info = helper.make_tensor_value_info
    outer = [helper.make_node("Add", ["made", "stored"], ["sum"], name="inner")]
    shadow = [helper.make_node("Identity", ["x"], ["made"]), helper.make_node("Relu", ["made"], ["end"])]
    branches = [
        helper.make_graph(outer, "then", [], [info("sum", TensorProto.FLOAT, None)]),
        helper.make_graph(shadow, "else", [], [info("end", TensorProto.FLOAT, None)]),
    ]
    nodes = [
        helper.make_node("Relu", ["x"], ["made"]),
        helper.make_node("If", ["condition"], ["y"], then_branch=branches[0], else_branch=branches[1]),
    ]
    return model_of(nodes, {"condition": np.array(True), "stored": np.ones(1, np.float32), "spare": np.ones(1)})


def test_a_node_takes_what_the_graphs_inside_it_read_from_outside() -> None:
    graph = Graph(with_branches())
    inner = graph.nodes[1]
    assert reads(inner) == {"condition", "made", "stored", "x"}
    assert graph.only_consumer("made") is inner
    graph.remove_unused_initializers()
    assert set(graph.initializers) == {"condition", "stored"}
    assert graph.nodes_towards("y") == list(graph.nodes)
    graph.replace_uses("made", "other")
    branches = attributes(inner)
    assert list(branches["then_branch"].node[0].input) == ["other", "stored"]
    assert list(branches["else_branch"].node[1].input) == ["made"]
    assert_indexes_are_right(graph)


def test_shapes_at_one_size_need_no_weights() -> None:
    model = u_shaped()
    graph = Graph(model)
    static = graph.at_shape(4, (32, 48))
    pooled = next(graph.nodes_of("MaxPool")).output[0]
    assert static.shape(pooled) == (1, 16, 16, 24)
    assert static.shape("scores") == (1, 3, 32, 48)
    assert static.element_type(pooled) == TensorProto.FLOAT
    assert static.model.ByteSize() < model.ByteSize() / 2
    assert (graph.rank(pooled), graph.rank("unknown")) == (4, None)


def test_attributes_are_python_values() -> None:
    node = helper.make_node("Conv", ["x"], ["y"], auto_pad="SAME_UPPER", pads=[1, 2], alpha=0.5, group=3)
    assert attributes(node) == {"auto_pad": "SAME_UPPER", "pads": [1, 2], "alpha": 0.5, "group": 3}
    assert (attribute(node, "group", 1), attribute(node, "axis", -1)) == (3, -1)
    odd = onnx.NodeProto(op_type="Pad")
    odd.attribute.add(name="mode", s=b"\xff", type=onnx.AttributeProto.STRING)
    assert attribute(odd, "mode", "") == "\ufffd"  # a file that is not trusted may hold anything
