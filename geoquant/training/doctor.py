"""Checks for what usually goes wrong with a torch module before it is quantized or exported."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from geoquant.diagnostics.finding import Diagnosis, Finding, listed, ok, problem, warning
from geoquant.errors import ModelError

MODED = (torch.nn.modules.batchnorm._BatchNorm, torch.nn.modules.dropout._DropoutNd)
HEAVY = (torch.nn.Conv2d, torch.nn.ConvTranspose2d, torch.nn.Linear)


def examine_file(path: Path) -> Diagnosis:
    """Examine a TorchScript file.

    Raises:
        ModelError: it is missing, or a pickled module: unpickling one would run whatever code it holds.
    """
    if not os.path.exists(path):
        raise ModelError(f"There is no model {path}.")
    try:
        module = torch.jit.load(str(path), map_location="cpu")
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"{path} is not TorchScript. Weights alone hold no network, and a pickled module is not opened, because "
            "that runs the code inside it: load it in Python and call geoquant.training.doctor.examine(module), or "
            "export ONNX."
        ) from error
    return examine(module, str(path))


def examine(module: torch.nn.Module, name: str = "module", *, meant_to_be_quantized: bool = False) -> Diagnosis:
    """Examine a module in memory: its mode, its observers, its backend, and whether quantization changed anything.

    Args:
        module: float, prepared, or converted.
        name: for the report.
        meant_to_be_quantized: it came out of a quantizer, such as ``quantize_dynamic``.
    """
    found = [_mode(module), *_observers(module), *_backend(module), *_changed(module, meant_to_be_quantized)]
    return Diagnosis(name, tuple(found))


def _kind(module: torch.nn.Module) -> str:
    """The class's name, also of a scripted module."""
    return str(getattr(module, "original_name", type(module).__name__))


def _mode(module: torch.nn.Module) -> Finding:
    moded = [
        f"{_kind(one)} {path}".strip()
        for path, one in module.named_modules()
        if one.training and (isinstance(one, MODED) or _kind(one).startswith(("BatchNorm", "Dropout")))
    ]
    if not moded and not module.training:
        return ok("evaluation mode", "the module is in evaluation mode")
    layers = f": {listed(moded)}" if moded else ""
    return problem(
        "evaluation mode",
        f"the module is in training mode, {len(moded)} batch norms and dropouts among it{layers}. They would be "
        "exported, or not fused, as they train",
        "call model.eval() before preparing, calibrating or exporting it",
    )


def _observers(module: torch.nn.Module) -> Iterator[Finding]:
    """Findings about observers that never saw a batch: min is still inf, or min = max = 0."""
    seen = [(path, one) for path, one in module.named_modules() if hasattr(one, "min_val") and hasattr(one, "max_val")]
    silent = [path for path, one in seen if _silent(one)]
    if silent:
        yield problem(
            "observers",
            f"{len(silent)} of {len(seen)} observers saw nothing: {listed(silent)}",
            "run calibration batches through the prepared model before converting it",
        )
    elif seen:
        yield ok("observers", f"all {len(seen)} observers have a range")


def _silent(observer: Any) -> bool:
    low, high = observer.min_val, observer.max_val
    return bool(low.numel() == 0 or torch.isinf(low).any() or (not low.any() and not high.any()))


def _backend(module: torch.nn.Module) -> Iterator[Finding]:
    """The finding about the backend: a quantized module needs an engine that this build of torch has."""
    if not any("quantized" in type(one).__module__ for one in module.modules()):
        return
    engine, known = torch.backends.quantized.engine, torch.backends.quantized.supported_engines
    if engine in ("none", "") or engine not in known:
        remedy = f"set torch.backends.quantized.engine to one of {', '.join(known)}"
        yield problem("backend", f"torch's quantized engine is {engine!r}, which is not available on this CPU", remedy)
    elif engine == "qnnpack" and {"fbgemm", "x86", "onednn"}.intersection(known):
        yield warning(
            "backend",
            "qnnpack on a CPU that has fbgemm: about 20 times as slow",
            "set torch.backends.quantized.engine = 'x86' before preparing and before running",
        )
    else:
        yield ok("backend", f"torch's quantized engine is {engine}")


def _changed(module: torch.nn.Module, meant: bool) -> Iterator[Finding]:
    """Whether a quantizer changed any layer: ``quantize_dynamic`` leaves Conv2d alone without a word."""
    heavy = [path for path, one in module.named_modules() if type(one) in HEAVY]
    changed = [path for path, one in module.named_modules() if "quantized" in type(one).__module__]
    if changed:
        yield ok(
            "quantization", f"{len(changed)} modules are quantized, {len(heavy)} convolutions and products are float"
        )
    elif meant:
        yield problem(
            "quantization",
            f"no layer was changed; {len(heavy)} convolutions and products are float: {listed(heavy)}",
            "dynamic quantization knows Linear and LSTM only: quantize statically, or export and run geoquant quantize",
        )
