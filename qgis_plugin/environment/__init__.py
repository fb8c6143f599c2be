# SPDX-License-Identifier: GPL-2.0-or-later
"""The Python environment that geoquant runs in: found, examined, made."""
