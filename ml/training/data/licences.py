"""LICENCE.txt beside every set: whose it is, what may be done with it, where it came from and what was changed.

What flows in: a set of the catalogue, and the licence its authors enclose, if any. What flows out: a text in each of
its places, because recordings get copied without the folder above them. [main]
"""

from __future__ import annotations

from pathlib import Path

from ml.training.data.catalogue import Dataset

NAME = "LICENCE.txt"
_CHANGED = (
    "Changed: brought to one channel and another rate, format or name where training needs it; the labels are "
    "rewritten as tables."
)


def write_licences(dataset: Dataset, raw: Path, to: Path) -> None:
    """Write the licence into each place of a set that was made below a folder. [main]"""
    text = licence_text(dataset, raw)
    for place in dataset.places:
        if (to / place).is_dir():
            (to / place / NAME).write_text(text, encoding="utf-8")
        elif (to / place).is_file():
            (to / place).with_suffix(f".{NAME}").write_text(text, encoding="utf-8")


def licence_text(dataset: Dataset, raw: Path) -> str:
    """All that has to be said when a set, or a part of it, is passed on. [any]"""
    parts = [
        dataset.title,
        f"{dataset.what[0].upper()}{dataset.what[1:]}.",
        f"Licence: {dataset.licence}\n{dataset.licence_url}",
        f"Credit: {dataset.credit}",
        f"From: {dataset.homepage}\n{_CHANGED}",
    ]
    if dataset.note:
        parts.append(dataset.note)
    if dataset.only_judges:
        parts.append("For judging only: a model that has learned from these recordings cannot be judged by them.")
    enclosed = [raw / file.path for file in dataset.files if Path(file.path).name.startswith("LICEN")]
    parts += [path.read_text(encoding="utf-8", errors="replace").strip() for path in enclosed if path.is_file()]
    return "\n\n".join(parts) + "\n"
