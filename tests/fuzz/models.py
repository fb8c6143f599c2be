"""Networks: ONNX files whose bytes, nodes, attributes, tensors or declarations are changed."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from tests.fuzz import laws, parts
from tests.fuzz.case import Case
from tests.fuzz.mutations import TEXTS, changed_bytes

OPERATORS = (
    *(
        "Relu",
        "Sigmoid",
        "Softmax",
        "Neg",
        "Abs",
        "Exp",
        "Log",
        "Identity",
        "Transpose",
        "GlobalAveragePool",
        "Flatten",
    ),
    *("ArgMax", "Cast", "Shape", "Squeeze", "Unsqueeze", "Reshape", "If", "Loop", "Scan", "RandomNormal", "NonZero"),
    *("MatMul", "Concat", "Split", "Pad", "Resize", "ConvTranspose", "MaxPool", "InstanceNormalization", "Nothing"),
)
NUMBERS = (0, -1, 1, 2, 3, 7, 64, 2**15, 2**31 - 1, -(2**31))
SIDES = (0, -1, 1, 2, 3, 5, 37, 2**20)
VALUES = (float("nan"), float("inf"), -float("inf"), 0.0, 1e30, -1e-38)


def make(rng: random.Random, folder: Path) -> Case:
    """A plain scene and a network, changed."""
    scene, model, out = parts.copied(parts.scene(), folder), folder / "model.onnx", folder / "out.tif"
    kind = rng.choice(("conv", "conv", "unet", "pooled", "mobile", "identity", "int8"))
    source = parts.int8_model() if kind == "int8" else parts.model(kind)
    if rng.random() < 0.3:
        content, told = changed_bytes(rng, source.read_bytes())
        model.write_bytes(content)
    else:
        told = _change_structure(rng, source, model)
    told = f"{kind}: {told}"
    if rng.random() < 0.25:
        return Case(["inspect", str(model), str(scene), "--json"], told)
    arguments = ["classify", str(scene), "--model", str(model), "--out", str(out), *parts.QUICK]
    law = laws.is_class_map(out, set(range(4)))
    if kind not in ("pooled", "int8") and "GlobalAveragePool" not in told:
        law = laws.both(law, laws.as_onnxruntime(model, parts.numbers(), out))
    return Case(arguments, told, (out,), law)


def _change_structure(rng: random.Random, source: Path, target: Path) -> str:
    proto, told = onnx.load(source), []
    for _ in range(rng.choice((1, 1, 2, 3))):
        change = rng.choice(CHANGES)
        try:
            how = change(rng, proto)
        except Exception as error:  # an earlier change left nothing that could be changed so, in any library's words
            how = type(error).__name__
        told.append(f"{change.__name__.strip('_')} {how}")
    target.write_bytes(proto.SerializeToString())
    return "; ".join(told)


def _operator(rng: random.Random, proto: onnx.ModelProto) -> str:
    node = rng.choice(proto.graph.node)
    before, node.op_type = node.op_type, rng.choice(OPERATORS)
    if rng.random() < 0.5:
        del node.attribute[:]
        del node.input[1:]
    return f"{before} -> {node.op_type}"


def _without_node(rng: random.Random, proto: onnx.ModelProto) -> str:
    at = rng.randrange(len(proto.graph.node))
    name = proto.graph.node[at].op_type
    del proto.graph.node[at]
    if not proto.graph.node:
        proto.graph.node.add(op_type="Identity", input=["image"], output=["scores"])
    return name


def _node_put_in(rng: random.Random, proto: onnx.ModelProto) -> str:
    """One more operator, often one without attributes, between a node and those that take from it."""
    node, kind = rng.choice(proto.graph.node), rng.choice(OPERATORS)
    if not node.output:
        return "nowhere"
    name = node.output[0]
    node.output[0] = f"{name}_before"
    at = list(proto.graph.node).index(node) + 1
    proto.graph.node.insert(at, helper.make_node(kind, [f"{name}_before"], [name]))
    return kind


def _input_of_node(rng: random.Random, proto: onnx.ModelProto) -> str:
    node = rng.choice(proto.graph.node)
    names = [name for each in proto.graph.node for name in (*each.input, *each.output)] + ["", "nothing"]
    if not node.input:
        return "none"
    at, name = rng.randrange(len(node.input)), rng.choice(names)  # perhaps its own output: a circle
    node.input[at] = name
    return f"{node.op_type} {at} {name}"


def _attribute(rng: random.Random, proto: onnx.ModelProto) -> str:
    found = [attribute for node in proto.graph.node for attribute in node.attribute]
    if not found:
        return "none"
    attribute = rng.choice(found)
    kind = rng.choice(("number", "drop", "longer", "type"))
    if kind == "drop":
        del attribute.ints[:]
    elif kind == "longer":
        attribute.ints.extend([rng.choice(NUMBERS)] * rng.choice((1, 3)))
    elif kind == "type":
        attribute.type = rng.choice((1, 2, 3, 4, 6, 7))
    else:
        attribute.i = rng.choice(NUMBERS)
        for at in range(len(attribute.ints)):
            attribute.ints[at] = rng.choice((attribute.ints[at], rng.choice(NUMBERS)))
    return f"{attribute.name} {kind}"


def _tensor(rng: random.Random, proto: onnx.ModelProto) -> str:
    if not proto.graph.initializer:
        return "none"
    tensor = rng.choice(proto.graph.initializer)
    kind = rng.choice(("values", "values", "dims", "type", "raw", "name", "outside"))
    if kind == "values" and tensor.data_type == TensorProto.FLOAT:
        values = numpy_helper.to_array(tensor).copy()
        values.reshape(-1)[rng.randrange(max(1, values.size)) :: rng.choice((1, 7))] = rng.choice(VALUES)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    elif kind == "dims" and tensor.dims:
        tensor.dims[rng.randrange(len(tensor.dims))] = rng.choice(NUMBERS)
    elif kind == "type":
        tensor.data_type = rng.randrange(0, 24)
    elif kind == "raw":
        tensor.raw_data = changed_bytes(rng, tensor.raw_data or b"\0" * 8)[0]
    elif kind == "name":
        tensor.name = rng.choice((*TEXTS[:4], "c0", "image", "scores"))
    else:
        tensor.data_location = TensorProto.EXTERNAL
        entry = tensor.external_data.add()
        entry.key, entry.value = (
            "location",
            rng.choice(("weights.bin", "../w.bin", "/dev/zero", "", "model.onnx", "a\0b")),
        )
    return kind


def _declaration(rng: random.Random, proto: onnx.ModelProto) -> str:
    """Another type, size or number of inputs and outputs."""
    ends = rng.choice((proto.graph.input, proto.graph.output))
    kind = rng.choice(("side", "rank", "type", "name", "another", "none"))
    if kind == "none":
        del ends[:]
    elif kind == "another":
        ends.append(helper.make_tensor_value_info(rng.choice(("t0", "more", "")), TensorProto.FLOAT, [1, 3, "y", "x"]))
    elif ends:
        shape = ends[0].type.tensor_type.shape
        if kind == "side" and shape.dim:
            shape.dim[rng.randrange(len(shape.dim))].dim_value = rng.choice(SIDES)
        elif kind == "rank":
            del shape.dim[rng.randrange(4) :]
        elif kind == "type":
            ends[0].type.tensor_type.elem_type = rng.randrange(0, 20)
        else:
            ends[0].name = rng.choice(TEXTS)
    return f"{'input' if ends is proto.graph.input else 'output'} {kind}"


def _version(rng: random.Random, proto: onnx.ModelProto) -> str:
    kind = rng.choice(("opset", "domain", "ir", "twice", "none"))
    if kind == "opset":
        proto.opset_import[0].version = rng.choice((0, 1, 7, 9, 11, 13, 21, 99, -1))
    elif kind == "domain":
        proto.opset_import[0].domain = rng.choice(("ai.onnx.ml", "com.microsoft", "x"))
    elif kind == "ir":
        proto.ir_version = rng.choice((0, 1, 3, 99, 2**40))
    elif kind == "twice":
        proto.opset_import.add(domain="", version=9)
    else:
        del proto.opset_import[:]
    return kind


def _metadata(rng: random.Random, proto: onnx.ModelProto) -> str:
    entry = rng.choice(proto.metadata_props)
    text = rng.choice((*TEXTS, entry.value[: len(entry.value) // 2], "[]", "{}", "null", "1"))
    entry.value = text
    return f"{entry.key} {text!r:.30}"


def _weights_of_noise(rng: random.Random, proto: onnx.ModelProto) -> str:
    """Other numbers of the same kind: nothing may fail, and the classes are those of the new numbers."""
    random_numbers = np.random.default_rng(rng.randrange(999))
    for tensor in proto.graph.initializer:
        values = numpy_helper.to_array(tensor)
        if values.dtype == np.float32 and values.ndim == 4:
            noise = random_numbers.normal(0, 0.3, values.shape).astype(np.float32)
            tensor.CopyFrom(numpy_helper.from_array(noise, tensor.name))
    return ""


CHANGES = (
    *(_operator, _without_node, _node_put_in, _input_of_node, _attribute, _tensor, _declaration, _version, _metadata),
    *(_weights_of_noise, _attribute, _tensor),
)
