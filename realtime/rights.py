"""Realtime rights: asked for, done without, and described. [main]"""

from __future__ import annotations

import os


def ask_for_realtime(priority: int = 60) -> bool:
    """Let this thread go before ordinary ones, where the system allows it. [any]"""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(priority))
    except (AttributeError, OSError):
        return False
    return True
