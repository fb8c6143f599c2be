"""The choice of an engine: measured, kept to the reference's classes, remembered, explained."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from geoquant.engines import selection as choice
from geoquant.engines.registry import load_engine
from geoquant.engines.selection import Measurement, Trial, candidates, choose_engine
from geoquant.engines.selection_cache import cache_folder, load_choice, store_choice
from geoquant.errors import EngineError, OptionError
from geoquant.preprocessing.chain import EngineInput
from tests.builders.engine_models import card_for, quantized, small_net, tiles

ONE_SIZE = {"spatial": (64, 64), "batch": 1}
"""A network whose memory is measured in no time."""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("GEOQUANT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def with_flags(monkeypatch: pytest.MonkeyPatch, flags: str) -> None:
    monkeypatch.setattr(choice, "machine_facts", lambda: {"cpu": "test", "flags": flags})


def test_auto_measures_and_remembers(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = choose_engine(small_net(), card_for(), "auto", tiles)
    assert not first.cached
    assert {one.kind for one in first.measured} >= {"ort", "openvino"}
    winner = next(one for one in first.measured if one.kind == first.kind)
    assert winner.agreement > 0.98
    assert winner.mpx_per_s > 0
    assert not winner.note
    assert first.name in first.reason
    assert "Mpx/s" in first.reason
    assert first.footprint.bytes_per_pixel > 12
    monkeypatch.setattr(choice, "Trial", None)
    again = choose_engine(small_net(), card_for(), "auto", tiles)
    assert again.cached
    assert (again.kind, again.reason, again.measured, again.footprint) == (
        first.kind,
        first.reason,
        first.measured,
        first.footprint,
    )


def test_another_question_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ROUNDS", 1)
    assert not choose_engine(small_net(**ONE_SIZE), card_for(), "auto", tiles).cached
    assert choose_engine(small_net(**ONE_SIZE), card_for(), "auto", tiles).cached
    assert not choose_engine(small_net(**ONE_SIZE), card_for(), "auto", tiles, workers=1).cached
    named = choose_engine(small_net(**ONE_SIZE), card_for(), "ort", tiles)
    assert not named.cached
    assert not named.measured
    assert "by name" in named.reason
    assert not choose_engine(small_net(**ONE_SIZE, last="Identity"), card_for(), "ort", tiles).cached
    with_flags(monkeypatch, "")
    assert not choose_engine(small_net(**ONE_SIZE), card_for(), "ort", tiles).cached


def test_a_damaged_or_unwritable_cache_only_costs_time(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_engine(small_net(**ONE_SIZE), card_for(), "ort", tiles)
    (record,) = (cache / "engines").iterdir()
    for damage in ("", "{", "[]", "{}", json.dumps({"kind": "ort", "measured": [{"kind": 1}]}), '{"kind": "tpu"}'):
        record.write_text(damage)
        assert not choose_engine(small_net(**ONE_SIZE), card_for(), "ort", tiles).cached
    monkeypatch.setenv("GEOQUANT_CACHE", str(record))
    assert not store_choice("key", {})
    assert load_choice("key") is None
    assert choose_engine(small_net(**ONE_SIZE), card_for(), "ort", tiles).kind == "ort"


def test_the_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.delenv("GEOQUANT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "geoquant"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.delenv("LOCALAPPDATA", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "geoquant"


def test_candidates_follow_file_cpu_and_preference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    int8 = quantized(small_net(), tmp_path)
    with_flags(monkeypatch, "avx2 avx512_bf16")
    assert set(candidates(small_net(), "auto")) == {"ort", "openvino"}
    assert set(candidates(int8, "auto")) == {"ort", "openvino", "ort-float", "openvino-float"}
    with_flags(monkeypatch, "avx2 amx_bf16")
    assert set(candidates(small_net(), "auto")) == {"ort", "openvino", "openvino-bf16"}
    assert candidates(int8, "openvino") == ("openvino",)
    assert candidates(int8, "ort") == ("ort",)
    with pytest.raises(OptionError, match="--engine is 'tpu'; it takes one of auto, ort, openvino"):
        candidates(int8, "tpu")


def test_int8_files_bring_their_float_twin(tmp_path: Path) -> None:
    chosen = choose_engine(quantized(small_net(), tmp_path), card_for(), "auto", tiles)
    assert {one.kind for one in chosen.measured} >= {"ort", "openvino", "ort-float", "openvino-float"}


class Fake:
    """Gives the right classes, or every third pixel wrong, after a while."""

    input_format = EngineInput()
    class_count = 5
    fixed_shape = None
    bytes_per_shape = 0

    def __init__(self, kind: str, seconds: float, right: bool = True, memory: float = 1.0) -> None:
        self.kind, self.name, self.seconds, self.right, self.bytes_per_pixel = (
            kind,
            f"fake {kind}",
            seconds,
            right,
            memory,
        )

    def classes(self, batch: np.ndarray) -> np.ndarray:
        time.sleep(self.seconds)
        result = np.zeros((len(batch), *batch.shape[2:]), np.uint8)
        if not self.right:
            result[..., ::3] = 1
        return result


@dataclass(frozen=True)
class Decision:
    kind: str
    reason: str
    measured: tuple[Measurement, ...]


def decided(*fakes: Fake) -> Decision:
    by_kind = {fake.kind: fake for fake in fakes}

    def load(kind: str) -> Fake:
        if by_kind[kind].seconds < 0:
            raise EngineError("this machine lacks it")
        return by_kind[kind]

    expected = np.zeros((2, 64, 64), np.uint8)
    measured = Trial(tiles(), lambda _: expected, 2).run(tuple(by_kind), load)  # type: ignore[arg-type]
    kind, _, reason = choice._decide(measured, 2)
    return Decision(kind, reason, measured)


def test_the_fastest_wins_and_the_slow_is_measured_once() -> None:
    chosen = decided(Fake("ort", 0.05), Fake("openvino", 0.002), Fake("ort-float", 0.004))
    assert chosen.kind == "openvino"
    assert [one.kind for one in chosen.measured] == ["openvino", "ort-float", "ort"]
    assert "slower" in chosen.measured[-1].note
    assert chosen.measured[-1].agreement == 1.0


def test_a_fast_engine_that_is_wrong_never_wins() -> None:
    chosen = decided(Fake("openvino-bf16", 0.001, right=False), Fake("ort", 0.01))
    assert chosen.kind == "ort"
    wrong = next(one for one in chosen.measured if one.kind == "openvino-bf16")
    assert wrong.agreement == pytest.approx(0.656, abs=0.01)
    assert "another result" in wrong.note


def test_a_float_twin_is_held_against_the_float_network_not_against_what_int8_lost() -> None:
    """Where INT8 changes many classes, its twin differs from the file and is right all the same."""
    of_int8, of_float = np.zeros((2, 64, 64), np.uint8), np.zeros((2, 64, 64), np.uint8)
    of_float[..., ::3] = 1
    fakes = {"ort": Fake("ort", 0.02), "openvino-bf16": Fake("openvino-bf16", 0.001, right=False)}
    trial = Trial(tiles(), lambda kind: of_int8 if kind == "ort" else of_float, 2)
    measured = trial.run(("ort", "openvino-bf16"), fakes.__getitem__)  # type: ignore[arg-type]
    assert [(one.kind, one.agreement) for one in measured] == [("openvino-bf16", 1.0), ("ort", 1.0)]
    assert choice._decide(measured, 2)[0] == "openvino-bf16"


def test_where_int8_is_slower_the_float_twin_runs_and_the_reason_says_so() -> None:
    slow = decided(Fake("openvino", 0.03), Fake("ort", 0.04), Fake("openvino-float", 0.02), Fake("ort-float", 0.002))
    assert slow.kind == "ort-float"
    assert "INT8 is SLOWER" in slow.reason
    fast = decided(Fake("openvino", 0.002), Fake("ort", 0.04), Fake("openvino-float", 0.02), Fake("ort-float", 0.03))
    assert fast.kind == "openvino"
    assert "SLOWER" not in fast.reason


def test_an_engine_that_does_not_run_is_named() -> None:
    chosen = decided(Fake("openvino", -1), Fake("ort", 0.001))
    assert chosen.kind == "ort"
    assert "lacks it" in next(one for one in chosen.measured if one.kind == "openvino").note
    with pytest.raises(EngineError, match=r"No engine runs this network.*lacks it"):
        decided(Fake("openvino", -1))


def test_of_two_alike_the_smaller_wins() -> None:
    assert decided(Fake("openvino", 0.1, memory=300.0), Fake("ort", 0.1, memory=90.0)).kind == "ort"


def test_sample_tiles_are_cut_to_the_stride_and_the_fixed_shape() -> None:
    sample = np.zeros((3, 3, 700, 100), np.float32)
    assert choice._tiles(sample, None, 32).shape == (3, 3, 256, 96)
    assert choice._tiles(sample[:, :, :20, :20], None, 32).shape == (3, 3, 20, 20)
    assert choice._tiles(sample, (700, 100), 32).shape == sample.shape
    with pytest.raises(EngineError, match="tiles \\(n, band, y, x\\)"):
        choice._tiles(sample[:0], None, 32)
    fixed = small_net(spatial=(64, 64), batch=1)
    assert choose_engine(fixed, card_for(), "ort", lambda: tiles(3)).kind == "ort"
    assert load_engine(fixed, card_for(), "ort").fixed_shape == (64, 64)


def wide_activations(model: bytes, folder: Path) -> bytes:
    """A QDQ file with activations of 16 bits, whose pairs stand for ReLU, as onnxruntime's own quantizer writes it."""
    from onnxruntime.quantization import QuantType

    return quantized(model, folder, QuantType.QUInt16)


def test_a_named_engine_that_gives_other_classes_is_an_error_with_the_way_out(tmp_path: Path) -> None:
    int16 = wide_activations(small_net(**ONE_SIZE), tmp_path)
    engine = load_engine(int16, card_for(), "openvino")
    alike = choice.agreement_of(engine, tiles(), load_engine(int16, card_for(), "ort").classes(tiles()))
    if alike > choice.MIN_AGREEMENT:
        pytest.skip("this OpenVINO computes 16-bit pairs as the file says")
    with pytest.raises(EngineError, match=r"OpenVINO .* gives only .* of the pixels .*--engine ort.*--engine auto"):
        choose_engine(int16, card_for(), "openvino", tiles)


def test_a_named_engine_is_compared_once_and_says_so() -> None:
    calls: list[int] = []

    def sample() -> np.ndarray:
        calls.append(1)
        return tiles()

    first = choose_engine(small_net(**ONE_SIZE), card_for(), "openvino", sample)
    again = choose_engine(small_net(**ONE_SIZE), card_for(), "openvino", sample)
    assert first.kind == again.kind == "openvino"
    assert "by name and gives 100.00% of the pixels the class of the file in onnxruntime" in again.reason
    assert (first.cached, again.cached, len(calls)) == (False, True, 1)


def test_pixels_without_data_do_not_count_in_an_agreement() -> None:
    z = tiles()
    z[:, :, :32] = 0
    engine = load_engine(small_net(), card_for(), "ort")
    expected = engine.classes(z)
    expected[:, :32] = 99
    assert choice.agreement_of(engine, z, expected) == 1
    expected[:, 32:48] = 99
    assert choice.agreement_of(engine, z, expected) == 0.5


def per_channel_activations(model: bytes, folder: Path) -> bytes:
    """The INT8 file with one activation whose scale is per channel, as NNCF writes it: nothing strips that pair."""
    proto = onnx.load_model_from_string(quantized(model, folder))
    quantizers = {node.output[0]: node for node in proto.graph.node if node.op_type == "QuantizeLinear"}
    conv = next(node for node in proto.graph.node if node.op_type == "Conv" and node.input[0] != "image")
    pair = next(node for node in proto.graph.node if node.output[0] == conv.input[0])
    stored = {tensor.name: numpy_helper.to_array(tensor) for tensor in proto.graph.initializer}
    weight = next(node for node in proto.graph.node if node.output[0] == conv.input[1]).input[0]
    for position, name in ((1, "scales"), (2, "zeros")):
        wide = np.repeat(stored[pair.input[position]].reshape(1), stored[weight].shape[1])
        proto.graph.initializer.append(numpy_helper.from_array(wide, name))
        for node in (pair, quantizers[pair.input[0]]):
            node.input[position] = name
    onnx.checker.check_model(proto)
    return bytes(proto.SerializeToString())


def test_a_candidate_that_can_not_be_made_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(choice, "ROUNDS", 1)
    model = per_channel_activations(small_net(**ONE_SIZE), tmp_path)
    with pytest.raises(EngineError, match="no float twin"):
        load_engine(model, card_for(), "ort-float")
    chosen = choose_engine(model, card_for(), "auto", tiles)
    assert chosen.kind in ("ort", "openvino")
    assert {one.kind for one in chosen.measured} == {"ort", "openvino"}
