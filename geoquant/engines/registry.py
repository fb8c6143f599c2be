"""The table of engines, and the way from a file and a kind to an engine.

A new engine is one row of ``ENGINES`` and one module with a class that keeps the promises of ``protocol.Engine``. What
lists, chooses, measures, audits and reports engines asks this module; only ``options/classify.py``, which may not
import it, spells the ids again, and a test holds both to be the same.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import onnx

from geoquant.engines.float_twin import float_twin
from geoquant.engines.protocol import Engine, EngineMaker, EngineSettings, Kind
from geoquant.errors import EngineError
from geoquant.model_card.card import ModelCard
from geoquant.onnx_graph.editing import is_quantized
from geoquant.onnx_graph.loading import read_model

Variant = Literal["file", "float", "bf16"]
"""What of a file an engine runs. ``file``: the file as it is. ``float``: the float twin of an INT8 file. ``bf16``: the
same in bfloat16. The last two also take a float file."""


@dataclass(frozen=True)
class RegisteredEngine:
    """An engine, as a row of the table.

    Attributes:
        id: The name in options, cards, caches and results; once saved, it stays.
        name: The name for people.
        load_maker: It imports the engine's module and gives what makes an engine, so that nothing heavy is imported
            before it is needed.
        packages: The top-level packages that the engine imports.
        variants: What of a file it runs.
        cpu_flags: Instruction sets without which ``auto`` leaves a variant out, as ``machine_facts`` spells them.
        exact_signed_activations: It computes int8 activations, which are for ARM and TensorRT, as exactly as uint8
            ones.
    """

    id: str
    name: str
    load_maker: Callable[[], EngineMaker]
    packages: tuple[str, ...]
    variants: tuple[Variant, ...] = ("file", "float")
    cpu_flags: Mapping[Variant, tuple[str, ...]] = field(default_factory=dict)
    exact_signed_activations: bool = True

    def kind(self, variant: Variant = "file") -> Kind:
        """The name of this engine with a variant."""
        return self.id if variant == "file" else f"{self.id}-{variant}"

    @property
    def is_installed(self) -> bool:
        """Whether its packages can be imported here; none of them is."""
        return all(find_spec(package) is not None for package in self.packages)


def _onnxruntime() -> EngineMaker:
    from geoquant.engines.onnxruntime_engine import OnnxRuntimeEngine

    return OnnxRuntimeEngine


def _openvino() -> EngineMaker:
    from geoquant.engines.openvino_engine import OpenVinoEngine

    return OpenVinoEngine


ONNXRUNTIME = RegisteredEngine("ort", "onnxruntime", _onnxruntime, packages=("onnxruntime",))

# with int8 activations it loses 8 dB of signal to noise on x86 CPUs without AMX (OpenVINO 2026.4, a U-Net of four
# levels; onnxruntime 1.32 loses none)
OPENVINO = RegisteredEngine(
    "openvino",
    "OpenVINO",
    _openvino,
    packages=("openvino",),
    variants=("file", "float", "bf16"),
    cpu_flags={"bf16": ("amx_bf16",)},
    exact_signed_activations=False,
)

ENGINES: tuple[RegisteredEngine, ...] = (ONNXRUNTIME, OPENVINO)
"""Every engine, in the order of reports. The last one is the fastest on most machines: ``auto`` tries it first, and
candidates of an INT8 model are tried in it."""

REFERENCE = ONNXRUNTIME
"""The engine that is always there, and whose classes all others are held against."""


def all_kinds() -> tuple[Kind, ...]:
    """Every engine with each of its variants."""
    return tuple(engine.kind(variant) for engine in ENGINES for variant in engine.variants)


def kinds_of(variant: Variant) -> tuple[Kind, ...]:
    """Every engine that runs a variant; for "file" the ids of all engines."""
    return tuple(engine.kind(variant) for engine in ENGINES if variant in engine.variants)


def engine_packages() -> tuple[str, ...]:
    """The packages that all engines import, each once."""
    return tuple(dict.fromkeys(package for engine in ENGINES for package in engine.packages))


def installed_engines() -> tuple[Kind, ...]:
    """The ids of the engines whose packages are there."""
    return tuple(engine.id for engine in ENGINES if engine.is_installed)


def engine_of(kind: Kind) -> RegisteredEngine:
    """The row that a kind belongs to.

    Raises:
        EngineError: there is no such kind.
    """
    return _row_and_variant(kind)[0]


def variant_of(kind: Kind) -> Variant:
    """What of a file a kind runs.

    Raises:
        EngineError: there is no such kind.
    """
    return _row_and_variant(kind)[1]


def _row_and_variant(kind: Kind) -> tuple[RegisteredEngine, Variant]:
    for engine in ENGINES:
        for variant in engine.variants:
            if engine.kind(variant) == kind:
                return engine, variant
    raise EngineError(f"There is no engine {kind!r}; the engines are {', '.join(all_kinds())}.")


def automatic_kinds(quantized: bool, cpu_flags: Collection[str]) -> tuple[Kind, ...]:
    """The kinds that ``auto`` chooses from, those first that are the fastest on most machines.

    Args:
        quantized: the file is INT8, and brings its float twin along.
        cpu_flags: instruction sets of this CPU.
    """
    able = [
        (engine, variant)
        for engine in reversed(ENGINES)
        for variant in engine.variants
        if set(engine.cpu_flags.get(variant, ())).issubset(cpu_flags)
    ]
    networks = [engine.kind(variant) for engine, variant in able if variant != "float"]
    twins = [engine.kind(variant) for engine, variant in able if variant == "float"]
    return (*networks, *twins) if quantized else tuple(networks)


def faithful_engines(model: onnx.ModelProto) -> tuple[Kind, ...]:
    """The installed engines that compute an INT8 file on this CPU as its target does, and so may judge it."""
    types = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    levels = {
        types.get(node.input[2]) for node in model.graph.node if node.op_type == "QuantizeLinear" and node.input[2:]
    }
    signed = onnx.TensorProto.INT8 in levels
    return tuple(kind for kind in installed_engines() if engine_of(kind).exact_signed_activations or not signed)


def load_engine(model: Path | bytes, card: ModelCard, kind: Kind, threads: int = 1, workers: int = 2) -> Engine:
    """Load a network into an engine.

    Args:
        model: the ONNX file, float or QDQ, or its bytes.
        card: its card.
        kind: one of ``all_kinds``.
        threads: threads inside one call.
        workers: Python threads that will call at the same time.

    Raises:
        EngineError: there is no such engine, it is not installed, or it can't run the network.
        ModelError: the file is not a network, or it contradicts its card.
    """
    network = network_for(model, kind)
    make = engine_of(kind).load_maker()
    return make(network, card, settings_for(kind, threads, workers))


def settings_for(kind: Kind, threads: int = 1, workers: int = 1) -> EngineSettings:
    """How the engine of a kind is to run it.

    Raises:
        EngineError: there is no such kind.
    """
    return EngineSettings(kind, variant_of(kind) == "bf16", threads, workers)


def network_for(model: Path | bytes, kind: Kind) -> onnx.ModelProto:
    """The network that ``kind`` runs: the file's, or its float twin.

    Raises:
        EngineError: there is no such kind, or no float twin.
        ModelError: the file is not a network.
    """
    variant = variant_of(kind)
    proto = read_model(model)
    if variant == "file" or not is_quantized(proto):
        return proto
    twin = float_twin(proto)
    if twin is None:
        raise EngineError(f"This INT8 file has no float twin (it is not QDQ), so {kind!r} can't run it.")
    return twin
