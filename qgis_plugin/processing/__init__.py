# SPDX-License-Identifier: GPL-2.0-or-later
"""What the Processing toolbox shows: parameters and algorithms."""
