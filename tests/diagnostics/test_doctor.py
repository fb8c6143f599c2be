"""The doctor: every symptom is found on a model that was broken on purpose, and healthy models have none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper
from onnxruntime.quantization import (
    CalibrationDataReader,
    QuantFormat,
    QuantType,
    quantize_dynamic,
    quantize_static,
)

from geoquant.diagnostics.checks import engines as doctor_engines
from geoquant.diagnostics.checks import levels as doctor_levels
from geoquant.diagnostics.doctor import diagnose
from geoquant.diagnostics.finding import Diagnosis, Finding
from geoquant.errors import ModelError
from geoquant.model_card.card import Normalization, Quantization
from geoquant.model_card.embedding import write_card
from geoquant.onnx_graph.loading import load_model
from geoquant.options.diagnostics import DoctorOptions
from geoquant.options.scene import SceneOptions
from geoquant.raster.scene_input import SceneInput
from tests.builders.model_files import card_for, int8_file
from tests.builders.networks import Network

QUICK = DoctorOptions(quick=True, tile=64)
MODELS = Path(__file__).resolve().parents[2] / "geoquant" / "models"


def images(low: int = 0, high: int = 1000) -> list[np.ndarray]:
    random = np.random.default_rng(0)
    return [random.integers(low, high, (3, 64, 64)).astype(np.uint16) for _ in range(3)]


def unhealthy(found: Diagnosis) -> dict[str, Finding]:
    return {one.check: one for one in found.findings if one.status != "ok"}


def examined(path: Path, *scene: Path) -> dict[str, Finding]:
    return unhealthy(diagnose(path, *scene, options=QUICK) if scene else diagnose(path, options=QUICK))


class Reader(CalibrationDataReader):
    """Batches for onnxruntime's own quantizer."""

    def __init__(self, name: str, scale: float = 1.0, bands: int = 3) -> None:
        batch = np.random.default_rng(0).normal(0, 1, (1, bands, 32, 32)).astype(np.float32) * np.float32(scale)
        self._rows: Iterator[dict[str, np.ndarray]] = iter([{name: batch}])

    def get_next(self) -> dict[str, np.ndarray] | None:
        return next(self._rows, None)


def changed(path: Path, change: Callable[[onnx.ModelProto], None], name: str = "changed.onnx") -> Path:
    model = load_model(path)
    change(model)
    target = path.with_name(name)
    onnx.save(model, target)
    return target


@pytest.mark.parametrize("model", sorted(MODELS.glob("*.onnx")), ids=lambda path: path.stem)
def test_packaged_models_are_healthy(model: Path) -> None:
    assert examined(model) == {}


def test_a_float_model_and_its_int8_are_healthy(make_model, make_tif, tmp_path: Path) -> None:
    source = make_model("unet")
    path = int8_file(tmp_path / "unet.int8.onnx", source, images())
    scene = make_tif(images()[0], descriptions=("blue", "green", "red"))
    assert examined(source, scene) == {}
    assert set(examined(path, scene)) <= {"size"}, "so small a network's scales outweigh its weights"


def test_batch_norm_in_training_mode(tmp_path: Path) -> None:
    net = Network(bands=3).conv(4).norm()
    model = net.relu().conv(3).model()
    norm = next(node for node in model.graph.node if node.op_type == "BatchNormalization")
    norm.attribute.append(helper.make_attribute("training_mode", 1))
    norm.output.extend(["running_mean", "running_var"])
    write_card(model, card_for(3, 3), tmp_path / "training.onnx")
    found = examined(tmp_path / "training.onnx")["evaluation mode"]
    assert found.status == "problem"
    assert "model.eval()" in found.remedy


def test_dropout_that_drops(tmp_path: Path) -> None:
    net = Network(bands=3).conv(4)
    ratio, mode = net.constant(np.float32(0.5)), net.constant(np.bool_(True))
    write_card(net.add("Dropout", net.last, ratio, mode).conv(3).model(), card_for(3, 3), tmp_path / "drop.onnx")
    assert "Dropout" in examined(tmp_path / "drop.onnx")["evaluation mode"].found


def test_dropout_that_does_nothing_is_fine(tmp_path: Path) -> None:
    net = Network(bands=3).conv(4)
    write_card(net.add("Dropout", net.last).conv(3).model(), card_for(3, 3), tmp_path / "drop.onnx")
    assert examined(tmp_path / "drop.onnx") == {}


def test_batch_norm_that_was_never_trained(tmp_path: Path) -> None:
    net = Network(bands=3).conv(4).norm()
    model = net.relu().conv(3).model()
    norm = next(node for node in model.graph.node if node.op_type == "BatchNormalization")
    for name, value in zip(norm.input[3:5], (0, 1), strict=True):
        tensor = next(tensor for tensor in model.graph.initializer if tensor.name == name)
        tensor.CopyFrom(numpy_helper.from_array(np.full(4, value, np.float32), name))
    write_card(model, card_for(3, 3), tmp_path / "fresh.onnx")
    assert examined(tmp_path / "fresh.onnx")["batch norm statistics"].status == "warning"


def test_observers_that_saw_nothing(make_model, tmp_path: Path) -> None:
    """onnxruntime calibrated on zeros: min = max = 0 becomes scale 1, zero point 0."""
    source, target = make_model("identity"), tmp_path / "silent.onnx"
    quantize_static(str(source), str(target), Reader("image", scale=0.0), per_channel=True)
    found = examined(target)["observers"]
    assert found.status == "problem"
    assert "saw nothing" in found.found


@pytest.mark.parametrize("scale", [0.0, 1e-12, np.nan, np.inf])
def test_scales_that_hold_nothing(make_model, tmp_path: Path, scale: float) -> None:
    def spoil(model: onnx.ModelProto) -> None:
        quantize = [node for node in model.graph.node if node.op_type == "QuantizeLinear"][1]
        tensor = numpy_helper.from_array(np.array(scale, np.float32), "spoilt")
        model.graph.initializer.append(tensor)
        quantize.input[1] = "spoilt"

    path = changed(int8_file(tmp_path / "conv.int8.onnx", make_model("conv"), images()), spoil)
    assert examined(path)["observers"].status == "problem"


def without_vnni(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (doctor_levels, doctor_engines):
        monkeypatch.setattr(module, "machine_facts", lambda: {"cpu": "an old CPU", "flags": "avx2 avx512f"})


def test_a_cpu_without_int8_instructions(make_model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = int8_file(tmp_path / "unet.int8.onnx", make_model("unet"), images())
    without_vnni(monkeypatch)
    found = examined(path)
    assert "VNNI" in found["hardware"].found
    assert "16 bits" in found["saturation"].found
    assert "x86-no-vnni" in found["saturation"].remedy


def test_seven_bit_weights_can_not_saturate(make_model, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = make_model("conv"), tmp_path / "reduced.onnx"
    quantize_static(
        str(source),
        str(target),
        Reader("image"),
        per_channel=True,
        reduce_range=True,
        activation_type=QuantType.QUInt8,
    )
    without_vnni(monkeypatch)
    assert "saturation" not in examined(target)


def test_dynamic_quantization_that_changed_no_layer(make_model, tmp_path: Path) -> None:
    source, target = make_model("conv"), tmp_path / "dynamic.onnx"
    quantize_dynamic(str(source), str(target), op_types_to_quantize=["MatMul"])
    found = examined(target)["quantization"]
    assert found.status == "problem"
    assert "quantize_dynamic" in found.found


def test_a_file_that_is_int8_by_name_only(make_model, tmp_path: Path) -> None:
    assert "its name is" in examined(make_model("conv", "conv.int8.onnx"))["quantization"].found


def test_a_file_whose_card_says_int8(make_model, tmp_path: Path) -> None:
    facts = Quantization("0" * 64, 0, (), (-1.0,) * 3, (1.0,) * 3, (1.0,) * 3)
    assert "card" in examined(make_model("conv", quantization=facts))["quantization"].found


def test_dynamic_quantization_of_convolutions(make_model, tmp_path: Path) -> None:
    source, target = make_model("conv"), tmp_path / "dynamic.onnx"
    quantize_dynamic(str(source), str(target), weight_type=QuantType.QUInt8)
    assert "dynamic" in examined(target)["quantization format"].found


def test_the_operator_format(make_model, tmp_path: Path) -> None:
    source, target = make_model("conv"), tmp_path / "operators.onnx"
    quantize_static(str(source), str(target), Reader("image"), quant_format=QuantFormat.QOperator, per_channel=True)
    assert "QDQ" in examined(target)["quantization format"].remedy


def test_asymmetric_int8_activations(make_model, tmp_path: Path) -> None:
    source, target = make_model("conv"), tmp_path / "signed.onnx"
    quantize_static(str(source), str(target), Reader("image"), per_channel=True, activation_type=QuantType.QInt8)
    found = examined(target)["activation types"]
    assert found.status == "warning"
    assert "uint8" in found.remedy


def test_one_scale_for_unequal_channels(tmp_path: Path) -> None:
    net = Network(bands=3).conv(8)
    weight = numpy_helper.to_array(net.tensors[0]) * (10.0 ** -np.arange(8, dtype=np.float32))[:, None, None, None]
    net.tensors[0].CopyFrom(numpy_helper.from_array(weight.astype(np.float32), net.tensors[0].name))
    source, target = tmp_path / "float.onnx", tmp_path / "tensor.onnx"
    write_card(net.relu().conv(3).model(), card_for(3, 3), source)
    quantize_static(str(source), str(target), Reader("x"), per_channel=False)
    assert "per channel" in examined(target)["weight resolution"].remedy
    quantize_static(str(source), str(target), Reader("x"), per_channel=True)
    assert "weight resolution" not in examined(target)


def test_clipped_weights(make_model, tmp_path: Path) -> None:
    def clip(model: onnx.ModelProto) -> None:
        largest = max(model.graph.initializer, key=lambda tensor: int(np.prod(tensor.dims)))
        wide = numpy_helper.to_array(largest).astype(np.int16) * 3
        largest.CopyFrom(numpy_helper.from_array(np.clip(wide, -127, 127).astype(np.int8), largest.name))

    path = changed(int8_file(tmp_path / "conv.int8.onnx", make_model("conv"), images()), clip)
    assert "clipped" in examined(path)["weight range"].found


def test_a_file_larger_than_float(make_model, tmp_path: Path) -> None:
    path = int8_file(tmp_path / "identity.int8.onnx", make_model("identity"), images())
    assert examined(path)["size"].status == "warning"


def test_weights_that_lie_elsewhere(make_model, tmp_path: Path) -> None:
    path = make_model("conv")
    onnx.save(
        onnx.load(path), tmp_path / "apart.onnx", save_as_external_data=True, location="apart.bin", size_threshold=0
    )
    assert diagnose(tmp_path / "apart.onnx", options=QUICK).healthy
    (tmp_path / "apart.bin").unlink()
    found = diagnose(tmp_path / "apart.onnx", options=QUICK)
    assert not found.healthy
    assert "missing; copy it beside the model" in found.findings[-1].found


def test_an_opset_too_new(make_model) -> None:
    def future(model: onnx.ModelProto) -> None:
        model.opset_import[0].version = 99

    path = changed(make_model("conv"), future)
    found = examined(path)
    assert found["format"].status == "problem"
    assert "opset_version" in found["format"].remedy


def test_an_ir_version_too_new(make_model) -> None:
    def future(model: onnx.ModelProto) -> None:
        model.ir_version = 99

    assert examined(changed(make_model("conv"), future))["format"].status == "problem"


def test_a_file_that_is_no_model(tmp_path: Path) -> None:
    path = tmp_path / "noise.onnx"
    path.write_bytes(b"\x00\x01 no model")
    found = diagnose(path, options=QUICK)
    assert not found.healthy
    with pytest.raises(ModelError, match="no model"):
        diagnose(tmp_path / "absent.onnx")


def test_a_model_without_a_card_is_still_looked_at(make_model, tmp_path: Path) -> None:
    model = onnx.load(make_model("conv"))
    del model.metadata_props[:]
    onnx.save(model, tmp_path / "bare.onnx")
    found = diagnose(tmp_path / "bare.onnx", options=QUICK)
    assert unhealthy(found)["card"].status == "warning"
    assert {"engine ort", "engine openvino"} <= {one.check for one in found.findings}


def test_stored_numbers_where_reflectance_was_expected(make_model, make_tif) -> None:
    path = make_model("conv", normalization=Normalization((0.2,) * 3, (0.1,) * 3))
    scene = make_tif(images(200, 6000)[0], descriptions=("blue", "green", "red"))
    found = examined(path, scene)["normalization"]
    assert found.status == "problem"
    assert "stored numbers where the network was trained on reflectance" in found.found


def test_reflectance_where_stored_numbers_were_expected(make_model, make_tif) -> None:
    scene = make_tif((images()[0] / 2000).astype(np.float32), descriptions=("blue", "green", "red"))
    found = examined(make_model("conv"), scene)["normalization"]
    assert "reflectance where the network was trained on stored numbers" in found.found


def test_a_scene_beyond_calibration(make_model, make_tif, tmp_path: Path) -> None:
    facts = Quantization("0" * 64, 0, (), (-2.0,) * 3, (-1.2,) * 3, (1.0,) * 3)
    source = make_model("conv", quantization=facts)
    path = int8_file(tmp_path / "conv.int8.onnx", source, images(0, 200))
    scene = make_tif(images(0, 2000)[0], descriptions=("blue", "green", "red"))
    found = examined(path, scene)
    assert found["calibrated range"].status == "problem"
    assert found["activations"].status == "problem"
    assert "clipped" in found["activations"].found


def test_a_calibration_with_other_normalization(make_model, make_tif, tmp_path: Path) -> None:
    facts = Quantization("0" * 64, 0, (), (-2000.0,) * 3, (9000.0,) * 3, (1.0,) * 3)
    source = make_model("conv", quantization=facts)
    path = int8_file(tmp_path / "conv.int8.onnx", source, [image * 60 for image in images()])
    scene = make_tif(images(480, 520)[0], descriptions=("blue", "green", "red"))
    found = examined(path, scene)
    assert "less than 2%" in found["calibrated range"].found
    assert "one level only" in found["activations"].found


def test_a_scene_that_does_not_fit(make_model, make_tif) -> None:
    scene = make_tif(images()[0][:2], descriptions=("nir", "swir16"))
    assert examined(make_model("conv"), scene)["scene"].status == "problem"


def test_a_diagnosis_is_json(make_model) -> None:
    document = json.loads(json.dumps(diagnose(make_model("conv"), options=QUICK).to_json()))
    assert document["healthy"] is True
    assert {"check", "status", "found", "remedy"} == set(document["findings"][0])


@pytest.mark.real
def test_packaged_models_and_their_real_scenes_are_healthy(real_data: Path) -> None:
    folder = real_data / "landsat8_zion_nlcd"
    landsat = [folder / f"landsat_b{number}.tif" for number in (2, 3, 4, 5)]
    sentinel = real_data / "sentinel2_l2a_t29unu"
    for model, scene in (("landsat8_landcover_zion", landsat), ("sentinel2_cloud", sentinel)):
        assert unhealthy(diagnose(MODELS / f"{model}.onnx", scene, QUICK)) == {}


@pytest.mark.real
def test_stored_numbers_of_a_real_scene_are_recognized(real_data: Path) -> None:
    as_stored = SceneOptions(scale=1.0, offset=0.0)
    found = unhealthy(
        diagnose(MODELS / "sentinel2_cloud.onnx", SceneInput(real_data / "sentinel2_l2a_t29unu", as_stored), QUICK)
    )
    assert "stored numbers where the network was trained on reflectance" in found["normalization"].found
