"""Levels of chains through the window: the newest whole set, for any number of watchers, whoever else is slow."""

from __future__ import annotations

import numpy as np

from realtime.door.window import LEVEL, LEVELS_AT_MOST, LEVELS_KEPT, Window


def levels(*rows: tuple[int, float, float]):
    made = np.zeros(len(rows), LEVEL)
    for n, (line, left, right) in enumerate(rows):
        made[n] = line, (left, right)
    return made


def test_the_newest_levels_are_seen_and_stay_until_there_are_newer_ones():
    window = Window.create()
    eyes, others = window.reader(), window.reader()
    assert len(eyes.levels()) == 0
    window.push_levels(levels((3, 0.5, 0.25)))
    window.push_levels(levels((3, 0.75, 0.125), (9, 0.5, 0.5)))
    for each in (eyes, eyes, others):
        assert each.levels()["line"].tolist() == [3, 9]
        assert each.levels()["peak"][0].tolist() == [0.75, 0.125]
    window.push_levels(levels())
    assert len(eyes.levels()) == 0
    window.close()


def test_a_watcher_that_was_away_sees_what_is_now_and_more_chains_than_fit_are_cut_off():
    window = Window.create()
    eyes = window.reader()
    for n in range(3 * LEVELS_KEPT):
        window.push_levels(levels((n, 1.0, 1.0)))
    assert eyes.levels()["line"].tolist() == [3 * LEVELS_KEPT - 1]
    window.push_levels(levels(*((n, 0.0, 0.0) for n in range(LEVELS_AT_MOST + 5))))
    assert len(eyes.levels()) == LEVELS_AT_MOST
    window.close()
