"""A run's curves for TensorBoard, where it is installed; without it this is nothing.

What flows in: progress records. What flows out: event files in `RUN/tensorboard`. Weights & Biases shows the same
curves to whoever calls its `wandb.init(sync_tensorboard=True)` before a training. [main]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ml.training.progress import Progress


@contextmanager
def board(folder: Path, step: int) -> Iterator[Callable[[Progress], None]]:
    """Where to show records; a run resumed at `step` takes its later curves back. [main]"""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        yield lambda progress: None
        return
    with SummaryWriter(str(folder / "tensorboard"), purge_step=step + 1) as writer:

        def show(progress: Progress) -> None:
            if progress.note:
                return
            curves = {f"loss/{name}": value for name, value in progress.losses.items()}
            curves |= {f"validation/{name}": value for name, value in progress.validation.items()}
            curves |= {
                "pace/lr": progress.lr,
                "pace/gradient": progress.gradient_norm,
                "pace/examples_s": progress.examples_s,
            }
            for name, value in curves.items():
                writer.add_scalar(name, value, progress.step)

        yield show
