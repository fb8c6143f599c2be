"""The measuring itself: a child's CPU seconds, its memory and its children's, and the README's marks."""

import json
import sys
import time
from functools import partial

import numpy as np
import pytest
import rasterio

from benchmarks import scenes
from benchmarks.measure import ChildFailed, Clock, Usage, interleaved, median, run_child
from benchmarks.report import Result, Verdict, rewrite_readme
from benchmarks.scenes import BANDS, OFFSET, SCALE, mirrored_scene

BURN = "import time; start = time.process_time()\nwhile time.process_time() - start < 0.4: pass"
HOLD = "import time; held = bytearray(200_000_000); time.sleep(0.6)"


def python(code):
    return [sys.executable, "-c", code]


def test_counts_the_cpu_seconds_of_children_too():
    alone = run_child(python(BURN))
    nested = run_child(python(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}], check=True)"))
    assert 0.4 <= alone.cpu_s < 2
    assert 0.4 <= nested.cpu_s < 2
    assert alone.wall_s >= 0.4


def test_sees_the_memory_of_children_too():
    empty = run_child(python("pass")).peak_rss_mb
    nested = run_child(python(f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {HOLD!r}], check=True)"))
    assert 200 < nested.peak_rss_mb < 260 + 2 * empty


def test_measuring_leaves_the_cores_to_what_is_measured():
    before = time.process_time()
    usage = run_child(python("import time; time.sleep(1)"))
    assert (time.process_time() - before) / usage.wall_s < 0.06


def test_returns_the_facts_of_the_last_line():
    code = f"print('noise'); print({json.dumps(json.dumps({'tiles': 3}))})"
    assert run_child(python(code)).facts == {"tiles": 3}


def test_a_failing_child_is_an_error_with_its_last_words():
    with pytest.raises(ChildFailed, match="no such scene"):
        run_child(python("raise SystemExit('no such scene')"))


def test_cases_run_in_turns_and_medians_are_taken():
    order, walls = [], iter((5.0, 7.0, 1.0, 8.0, 2.0, 9.0))

    def case(name):
        def run():
            order.append(name)
            return Usage(next(walls), 1.0, 10.0, {"pixels": 4})

        return run

    runs = interleaved({"a": case("a"), "b": case("b")}, 3)
    assert order == ["a", "b"] * 3
    assert median(runs["a"], "wall_s") == 2.0
    assert median(runs["b"], "wall_s") == 8.0
    assert median(runs["b"], "pixels") == 4


def test_clock_sees_cpu_seconds():
    clock = Clock()
    while clock.cpu_s < 0.05:
        sum(range(1000))
    assert clock.wall_s >= 0.04


def test_readme_keeps_everything_outside_the_marks(tmp_path):
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- speed -->\nold\n<!-- /speed -->\nafter\n")
    result = Result("speed", ("what", "s"), [("whole", "1.0")], (Verdict("under 2 s", "1.0", True),), ("Measured.",))
    rewrite_readme({"speed": result.markdown()}, page)
    text = page.read_text()
    assert text.startswith("before\n<!-- speed -->\n| what | s |\n")
    assert text.endswith("- Measured.\n<!-- /speed -->\nafter\n")
    assert "old" not in text
    assert "| under 2 s | 1.0 | yes |" in text
    with pytest.raises(ValueError, match="memory"):
        rewrite_readme({"memory": ""}, page)


@pytest.mark.parametrize("whole", [False, True])
def test_scenes_are_mirrored_without_fill_or_with_it(tmp_path, monkeypatch, whole):
    monkeypatch.setenv("GEOQUANT_DATA", str(tmp_path / "absent"))
    monkeypatch.setattr(scenes, "generated_pixels", partial(scenes.generated_pixels, side=600))
    with rasterio.open(mirrored_scene(tmp_path / "scene.tif", 700, whole)) as scene:
        pixels = scene.read()
        assert scene.descriptions == BANDS
        assert set(scene.scales) == {SCALE}
        assert set(scene.offsets) == {OFFSET}
        assert scene.overviews(1)
    assert (pixels == 0).any() == whole
    np.testing.assert_array_equal(pixels[:, :, 600:], pixels[:, :, 598 : 598 - 100 : -1])
