"""What makes a model ill."""

from __future__ import annotations

from dataclasses import replace

from geoquant.diagnostics.finding import Diagnosis, Finding


def test_warnings_do_not_make_a_model_ill() -> None:
    fine = Diagnosis("m", (Finding("a", "ok", ""), Finding("b", "warning", "", "")))
    assert fine.healthy
    assert not replace(fine, findings=(*fine.findings, Finding("c", "problem", "", ""))).healthy
