"""Endings of processes in words."""

from __future__ import annotations

import pytest

from qgis_plugin.worker.endings import sentence_of_error, sentence_of_exit


@pytest.mark.parametrize(
    ("exit_code", "words"),
    [
        (-9, "ended by the system (signal 9, SIGKILL), most likely because memory ran out"),
        (-11, "crashed in a native library (signal 11, SIGSEGV)"),
        (-6, "crashed in a native library (signal 6, SIGABRT)"),
        (-15, "ended from outside (signal 15, SIGTERM)"),
        (-99, "ended from outside (signal 99, unknown)"),
        (3221225477, "access violation"),  # as Windows gives 0xC0000005
        (-1073741819 & 0xFFFFFFFF, "access violation"),
        (0xC0000017, "no memory"),
        (0xC0000135, "a DLL is missing. Run the algorithm 'Set up environment'"),
        (1, "ended with exit code 1 and gave no result"),
        (0, "ended with exit code 0 and gave no result"),
    ],
)
def test_an_exit_code_is_a_sentence(exit_code, words):
    sentence = sentence_of_exit(exit_code)
    assert words in sentence
    assert sentence.startswith("geoquant's process ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"kind": "MemoryError", "message": "unexpected MemoryError: no message"}, "Memory ran out"),
        ({"kind": "_ArrayMemoryError", "message": "Unable to allocate 3 GiB"}, "set a lower memory limit"),
        ({"kind": "ModuleNotFoundError", "message": "No module named 'dask'."}, "environment is incomplete"),
        ({"kind": "RasterError", "message": "a.tif is empty."}, "a.tif is empty."),
    ],
)
def test_an_error_event_is_a_sentence(event, words):
    assert words in sentence_of_error(event)
