# SPDX-License-Identifier: GPL-2.0-or-later
"""Models that QGIS knows, and their cards."""
