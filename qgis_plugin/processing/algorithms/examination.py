# SPDX-License-Identifier: GPL-2.0-or-later
"""What looks at a model, and at a scene where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from qgis.core import QgsProcessingContext

from .inputs import model_of, scene_sources
from .worker_algorithm import Parameters, WorkerAlgorithm


class Examination(WorkerAlgorithm):
    """A command whose arguments are MODEL and perhaps INPUT."""

    def command_inputs(self, parameters: Parameters, context: QgsProcessingContext) -> tuple[list[str], dict[str, Any]]:
        """The model, and the scene where there is one."""
        model = model_of(self, parameters, "MODEL", context)
        return [str(model), *scene_sources(self, parameters, context)], {}

    def destinations(self, parameters: Parameters, context: QgsProcessingContext, folder: Path) -> dict[str, Any]:
        """Nothing is written unless an algorithm says so."""
        return {}
