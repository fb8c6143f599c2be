# SPDX-License-Identifier: GPL-2.0-or-later
"""The process that does the work: what starts it, what it runs, and how both talk."""
