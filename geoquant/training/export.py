"""Export of a trained network to one ONNX file with its card, checked against torch before it is written."""

from __future__ import annotations

import io
import os
import warnings
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import nn

from geoquant.errors import CardError, ModelError
from geoquant.model_card.card import ModelCard

MAX_IR_VERSION = 9  # onnxruntime 1.17 and older refuse newer files
TOLERANCE = 1e-3  # largest difference of a logit from torch's, relative to the largest logit


def export_onnx(model: nn.Module, card: ModelCard, path: str | os.PathLike[str], opset: int = 17) -> ModelCard:
    """Export ``model`` with dynamic batch, height and width, embed its card, and write it.

    Batch norm is folded into the convolutions. Halo and stride of the card are computed from the graph.

    Args:
        model: ``(n, band, y, x)`` float32 -> ``(n, class, y, x)``; ``model.stride_px``, where it has one, is the
            multiple that its input's sides need. It is left in eval mode.
        card: its bands and classes must be the network's.
        path: the file to write; replaced if it exists.
        opset: ONNX operator set.

    Returns:
        The card as written, with ``tiling.halo_px`` and ``tiling.stride_px`` filled in.

    Raises:
        CardError: the card's bands or classes are not the network's.
        ModelError: the exported graph computes something else than the network.
    """
    from geoquant.model_card.embedding import write_card
    from geoquant.onnx_graph.facts import graph_facts

    model.eval()
    side = 16 * int(getattr(model, "stride_px", 1))
    probe = torch.rand(2, len(card.bands), side, side, generator=torch.Generator().manual_seed(0))
    _check_card(model, card, probe)
    graph = tidy(_to_onnx(model, probe, opset))
    _check_numbers(model, graph, probe)
    facts = graph_facts(graph)
    tiling = replace(card.tiling, halo_px=facts.halo_px, stride_px=facts.stride_px)
    written = replace(card, tiling=tiling)
    write_card(graph, written, Path(path))
    return written


def _check_card(model: nn.Module, card: ModelCard, probe: torch.Tensor) -> None:
    bands = int(getattr(model, "bands", len(card.bands)))
    if bands != len(card.bands):
        raise CardError(f"the card has {len(card.bands)} bands and the network takes {bands}; make them agree.")
    with torch.inference_mode():
        channels = int(model(probe[:1]).shape[1])
    if channels != len(card.classes) and (channels, len(card.classes)) != (1, 2):
        raise CardError(f"the card has {len(card.classes)} classes and the network gives {channels} channels.")


def _to_onnx(model: nn.Module, probe: torch.Tensor, opset: int) -> onnx.ModelProto:
    """The TorchScript exporter: of the two, it writes opset 17 itself and folds batch norm.

    The newer one (``dynamo=True``) writes opset 18 and IR 10, converts down or else stays at 18, and needs onnxscript.
    """
    names = {0: "batch", 2: "height", 3: "width"}
    sink = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        torch.onnx.export(
            model,
            (probe,),
            sink,
            dynamo=False,
            opset_version=opset,
            input_names=["image"],
            output_names=["scores"],
            dynamic_axes={"image": names, "scores": names},
        )
    return onnx.load_from_string(sink.getvalue())


def tidy(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with constants as initializers, no ``Identity``, short names, and an IR that old runtimes load.

    A quantizer needs the scales of a ``Resize`` and every weight as an initializer of its own, and its names end up in
    every tensor that it adds.
    """
    graph = model.graph
    aliases: dict[str, str] = {}
    constants = {initializer.name: initializer for initializer in graph.initializer}
    kept: list[onnx.NodeProto] = []
    for node in graph.node:
        if node.op_type == "Constant" and node.attribute[0].name == "value":
            constants[node.output[0]] = node.attribute[0].t
        elif node.op_type == "Identity" and node.output[0] not in {value.name for value in graph.output}:
            aliases[node.output[0]] = aliases.get(node.input[0], node.input[0])
        else:
            kept.append(node)
    for node in kept:
        node.input[:] = [aliases.get(name, name) for name in node.input]
    del graph.node[:], graph.initializer[:], graph.value_info[:]
    _rename(graph, kept, constants)
    model.ir_version = min(model.ir_version, MAX_IR_VERSION)
    model.producer_name = "geoquant"
    onnx.checker.check_model(model, full_check=True)
    return model


def _rename(graph: onnx.GraphProto, nodes: list[onnx.NodeProto], constants: dict[str, onnx.TensorProto]) -> None:
    """Number nodes by operator ("conv3") and name what they own after them ("conv3.weight")."""
    fixed = {value.name for value in (*graph.input, *graph.output)}
    names: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for node in nodes:
        operator = node.op_type.lower()
        node.name = f"{operator}{counts[operator]}"
        counts[operator] += 1
        for position, name in enumerate(node.input):
            if name in constants:  # its own copy, even of a shared one: a quantizer scales each with its layer
                node.input[position] = f"{node.name}.{_role(node.op_type, position)}"
                tensor = numpy_helper.from_array(numpy_helper.to_array(constants[name]), node.input[position])
                graph.initializer.append(tensor)
            else:
                node.input[position] = names.get(name, name)
        for position, name in enumerate(node.output):
            names[name] = name if name in fixed else node.name + (f".{position}" if position else "")
            node.output[position] = names[name]
        graph.node.append(node)


def _role(operator: str, position: int) -> str:
    roles = {
        "Conv": ("input", "weight", "bias"),
        "ConvTranspose": ("input", "weight", "bias"),
        "Resize": ("input", "roi", "scales"),
    }
    known = roles.get(operator, ())
    return known[position] if position < len(known) else f"constant{position}"


def _check_numbers(model: nn.Module, graph: onnx.ModelProto, probe: torch.Tensor) -> None:
    """Compare with torch at another batch and size than it was traced with: a baked-in shape shows up here."""
    import onnxruntime

    session = onnxruntime.InferenceSession(graph.SerializeToString(), providers=["CPUExecutionProvider"])
    other = torch.cat([probe, probe.flip(-1)], dim=-1)[:1]
    with torch.inference_mode():
        wanted = model(other).numpy()
    found = session.run(None, {session.get_inputs()[0].name: other.numpy()})[0]
    worst = float(np.abs(found - wanted).max()) if found.shape == wanted.shape else float("inf")
    if not worst <= TOLERANCE * max(1.0, float(np.abs(wanted).max())):
        raise ModelError(
            f"the exported graph differs from the network by {worst:.3g} (shapes {found.shape}, {wanted.shape}): the "
            "exporter changed its meaning; look for data-dependent shapes or control flow in forward()."
        )
