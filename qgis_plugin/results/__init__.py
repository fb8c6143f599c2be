# SPDX-License-Identifier: GPL-2.0-or-later
"""What a job leaves behind: layers, their styles, pages and messages."""
