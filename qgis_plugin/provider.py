# SPDX-License-Identifier: GPL-2.0-or-later
"""geoquant in the Processing toolbox."""

from __future__ import annotations

from processing.core.ProcessingConfig import ProcessingConfig, Setting
from qgis.core import QgsProcessingProvider
from qgis.PyQt.QtGui import QIcon

from .icons import icon
from .labels import tr
from .processing.algorithms.classify import Classify
from .processing.algorithms.classify_mosaic import ClassifyMosaic
from .processing.algorithms.compare import Compare
from .processing.algorithms.doctor import Doctor
from .processing.algorithms.inspect import Inspect
from .processing.algorithms.quantize import Quantize
from .processing.algorithms.sample import Sample
from .processing.algorithms.setup import SetUpEnvironment
from .processing.algorithms.strata import Strata
from .settings import PYTHON_SETTING

ALGORITHMS = (Classify, ClassifyMosaic, Quantize, Sample, Strata, Compare, Inspect, Doctor, SetUpEnvironment)


class GeoquantProvider(QgsProcessingProvider):
    """All algorithms of geoquant."""

    def load(self) -> bool:
        """Add the setting and the algorithms."""
        ProcessingConfig.settingIcons[self.name()] = self.icon()
        label = tr("Python that runs geoquant (left empty, its own environment)")
        ProcessingConfig.addSetting(Setting(self.name(), PYTHON_SETTING, label, "", valuetype=Setting.FILE))
        ProcessingConfig.readSettings()
        self.refreshAlgorithms()
        return True

    def unload(self) -> None:
        """Take the setting away; its value stays."""
        ProcessingConfig.removeSetting(PYTHON_SETTING)

    def loadAlgorithms(self) -> None:  # noqa: N802
        """Add one of each."""
        for algorithm in ALGORITHMS:
            self.addAlgorithm(algorithm())

    def id(self) -> str:
        """The provider's part of every id."""
        return "geoquant"

    def name(self) -> str:
        """What the toolbox shows."""
        return "geoquant"

    def longName(self) -> str:  # noqa: N802
        """The same in a sentence."""
        return tr("geoquant: INT8 and float CNNs over rasters of any size")

    def icon(self) -> QIcon:
        """Geoquant's."""
        return icon()

    def supportedOutputRasterLayerExtensions(self) -> list[str]:  # noqa: N802
        """Class maps are Cloud-Optimized GeoTIFFs."""
        return ["tif"]

    def supportedOutputVectorLayerExtensions(self) -> list[str]:  # noqa: N802
        """Tiles and polygons are GeoPackages."""
        return ["gpkg"]

    def defaultRasterFileExtension(self) -> str:  # noqa: N802
        """For temporary results."""
        return "tif"

    def defaultVectorFileExtension(self, hasGeometry: bool = True) -> str:  # noqa: N802, N803
        """For temporary results."""
        return "gpkg"
