"""How fast to learn at each step: a straight warm-up, then half a cosine down to the floor.

What flows in: a plan, the steps done and the seconds spent. What flows out: a learning rate, and how much is left. The
rate is a pure function of these, so that a resumed run has no schedule to restore. The cosine is that of SGDR without
restarts (Loshchilov and Hutter 2017, equation 5).
"""

from __future__ import annotations

from math import cos, pi

from ml.training.plan import Plan


def share_done(plan: Plan, step: int, elapsed_s: float) -> float:
    """How much of the budget is spent, 0..1: that of steps or that of time, whichever is nearer its end. [any]"""
    of_time = 0.0 if plan.minutes is None else elapsed_s / (plan.minutes * 60.0)
    return min(1.0, max(step / plan.steps, of_time))


def learning_rate(plan: Plan, step: int, elapsed_s: float = 0.0) -> float:
    """The rate for step number `step`, from 0. [any]"""
    if step < plan.warmup:
        return plan.lr * (step + 1) / plan.warmup
    warm = min(plan.warmup / plan.steps, 1.0)
    share = share_done(plan, step, elapsed_s)
    along = max(0.0, (share - warm) / (1.0 - warm)) if warm < 1.0 else 1.0
    return plan.lr * (plan.lr_floor + (1.0 - plan.lr_floor) * 0.5 * (1.0 + cos(pi * along)))


def seconds_left(plan: Plan, step: int, elapsed_s: float, steps_a_second: float) -> float | None:
    """Until the first of the budgets is spent; None while the pace is unknown. [any]"""
    left = []
    if steps_a_second > 0.0:
        left.append((plan.steps - step) / steps_a_second)
    if plan.minutes is not None:
        left.append(max(0.0, plan.minutes * 60.0 - elapsed_s))
    return min(left, default=None)
