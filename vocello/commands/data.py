"""`vocello data`: the open recordings that the models learn from, fetched from where their authors publish them.

What flows in: names of sets and a folder. What flows out: the sets in that folder, ready for training, each with its
licence, and what a user has to know about them: whose they are, and how far what came could be checked. [main]
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ml.training.data.catalogue import CATALOGUE, Dataset, dataset_named
from ml.training.data.fetch import Fetched, fetch_dataset, is_there
from ml.training.data.lock import NAME as LOCK_NAME
from ml.training.data.lock import Lock
from score.errors import FileError, UsageError, VocelloError
from vocello.screen import print_json, print_table, progress, say

FOLDER = Path("vocello-data")


def fetch(names: Sequence[str], to: Path, base_url: str, as_json: bool) -> None:
    """Fetch the sets that were named, or all of them. [main]"""
    datasets = [dataset_named(name) for name in dict.fromkeys(names)] or list(CATALOGUE)
    _check_address(base_url)
    if to.exists() and not to.is_dir():
        raise FileError(f"'{to}' is no folder.", "Name a folder: --to FOLDER")
    done: list[Fetched] = []
    failed: list[tuple[Dataset, VocelloError]] = []
    for dataset in datasets:
        if not as_json:
            say(f"{dataset.title}. Licence: {dataset.licence}. Credit: {dataset.credit}.")
        try:
            with progress(f"Fetching {dataset.name}", not as_json) as step:
                fetched = fetch_dataset(dataset, to, step, base_url=base_url)
        except VocelloError as error:
            # One server that is down does not keep the other sets away.
            failed.append((dataset, error))
            continue
        done.append(fetched)
        if not as_json:
            for line in _lines_about(dataset, fetched, to):
                say(line)
    if as_json:
        print_json(
            {
                "folder": str(to),
                "sets": [vars(each) | _of(dataset_named(each.name)) for each in done],
                "failed": {dataset.name: str(error) for dataset, error in failed},
            }
        )
    if failed:
        raise _error_of(failed, len(datasets), to)


def listing(to: Path, as_json: bool) -> None:
    """Tell which sets there are, and which of them a folder has. [main]"""
    lock = Lock(to)
    here = {dataset.name: is_there(dataset, to, lock) for dataset in CATALOGUE}
    if as_json:
        print_json({"folder": str(to), "sets": [_of(each) | {"is_there": here[each.name]} for each in CATALOGUE]})
        return
    print_table(
        "Open recordings",
        ("name", "recordings", "MB of disk", "licence", "checked by", "here"),
        [
            (
                each.name,
                each.recordings,
                each.needs_bytes // 1_000_000,
                each.licence,
                _checked_by(each),
                "yes" if here[each.name] else "no",
            )
            for each in CATALOGUE
        ],
    )
    for each in CATALOGUE:
        say(f"\n{each.name}: {each.title}. {each.what[0].upper()}{each.what[1:]}.\n  {each.note}\n  {each.homepage}")
    say(f"\nFetch them into '{to}': vocello data fetch NAME")


def _lines_about(dataset: Dataset, fetched: Fetched, to: Path) -> list[str]:
    places = ", ".join(f"'{to / place}'" for place in dataset.places)
    if fetched.was_there:
        return [f"  Already there: {fetched.recordings} recordings in {places}."]
    lines = [f"  {fetched.recordings} recordings in {places}, with their licence."]
    if fetched.recordings != dataset.recordings:
        lines.append(f"  {dataset.recordings} were expected: a training on these is not quite the one we ran.")
    for each in fetched.left_out:
        lines.append(f"  Left out: {each}.")
    if fetched.pinned:
        first = fetched.pinned[0]
        lines.append(
            f"  No checksum is published for {len(fetched.pinned)} file{'s' * (len(fetched.pinned) > 1)} ('{first}'"
            f"{' …' * (len(fetched.pinned) > 1)}): nobody but the server has said that they are right. Their sha256 "
            f"is now pinned in '{to / LOCK_NAME}', and later fetches are held to it."
        )
        sha256 = Lock(to).files[f"{dataset.name}/{first}"].sha256
        lines.append(f"  sha256 {sha256}  {first}")
    return lines


def _of(dataset: Dataset) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "title": dataset.title,
        "what": dataset.what,
        "licence": dataset.licence,
        "licence_url": dataset.licence_url,
        "credit": dataset.credit,
        "homepage": dataset.homepage,
        "places": list(dataset.places),
        "expected_recordings": dataset.recordings,
        "needs_bytes": dataset.needs_bytes,
        "checked_by": _checked_by(dataset),
        "is_verified": dataset.is_verified,
        "only_judges": dataset.only_judges,
        "note": dataset.note,
    }


def _checked_by(dataset: Dataset) -> str:
    known = {file.checked_by for file in dataset.files if file.checked_by}
    return ", ".join(sorted(known)) or "the first fetch"


def _check_address(base_url: str) -> None:
    parts = urlsplit(base_url)
    if base_url and (parts.scheme not in ("http", "https") or not parts.netloc):
        raise UsageError(f"'{base_url}' is no address to fetch from.", "Give one like --from https://example.org/data")


def _error_of(failed: Sequence[tuple[Dataset, VocelloError]], asked: int, to: Path) -> FileError:
    """One line for all that failed; what is to be typed fetches just these."""
    dataset, error = failed[0]
    names = " ".join(each.name for each, _ in failed)
    more = f" Nor could {', '.join(each.name for each, _ in failed[1:])}." if failed[1:] else ""
    again = f"vocello data fetch {names}" + (f" --to '{to}'" if to != FOLDER else "")
    place = to / "downloads" / dataset.name
    place = place / dataset.files[0].path if len(dataset.files) == 1 else place
    by_hand = f"or get it by hand from {dataset.homepage} and save it as '{place}'"
    fix = f"{error.fix}{more} What arrived is kept; go on with: {again}; {by_hand}.".strip()
    return FileError(f"{dataset.name}: {error.what}", fix)
