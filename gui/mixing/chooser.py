"""What a track sounds by, or where its notes go: a menu of instruments, racks, plugins and MIDI channels.

What flows in: what the engine has on its shelf. What flows out: changes of the session, by what was chosen. [gui]
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from PyQt6.QtCore import QCoreApplication
from PyQt6.QtGui import QActionGroup
from PyQt6.QtWidgets import QMenu, QWidget

from gui.mixing.arranged import INSTRUMENT, MICROPHONE
from gui.session.setup import LearnedSetup, TrackSetup

PORT = "Vocello"
CHANNELS = 16
_VOICES = (("cello", "Cello"), ("tone", "Plain tone"))


@dataclass(frozen=True)
class Shelf:
    """What can be had, as the engine tells it. [any]"""

    entries: Sequence[Mapping[str, Any]] = ()
    scanning: bool = False

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Shelf:
        """The engine's own words. [any]"""
        return cls(tuple(told.get("entries", ())), bool(told.get("scanning")))

    def of_kind(self, kind: str, instruments: bool) -> list[Mapping[str, Any]]:
        """Those that work, instruments or effects. [any]"""
        return [
            each
            for each in self.entries
            if each.get("kind") == kind and not each.get("trouble") and bool(each.get("is_instrument")) == instruments
        ]


def said(text: str) -> str:
    """A text in the user's language. [any]"""
    return QCoreApplication.translate("Mixer", text)


def source_name(setup: TrackSetup) -> str:
    """In a word, what a track sounds by. [any]"""
    if setup.port:
        return said("MIDI ch. {channel}").format(channel=setup.channel + 1)
    if setup.rack_plan:
        return _stem(setup.rack) or said("Rack")
    if setup.instrument == MICROPHONE:
        return said("Microphone")
    return processor_name(setup.instrument)


def processor_name(id: str) -> str:
    """A processor as one reads it. [any]"""
    known = dict(_VOICES)
    if id in known:
        return said(known[id])
    kind, _, rest = id.partition(":")
    name = rest.removesuffix(".py") if kind == "python" else rest or kind
    return name.replace("_", " ").strip().capitalize() if not rest or kind == "python" else name


def instrument_menu(
    parent: QWidget,
    setup: TrackSetup,
    shelf: Shelf,
    choose: Callable[[TrackSetup], None],
    open_rack: Callable[[], None],
) -> QMenu:
    """The menu; `choose` is called with the track as it shall be. [gui]"""
    menu = QMenu(parent)
    group = QActionGroup(menu)

    def offer(where: QMenu, text: str, wanted: TrackSetup) -> None:
        action = where.addAction(text)
        assert action is not None
        action.setCheckable(True)
        action.setChecked(_source(wanted) == _source(setup))
        action.triggered.connect(lambda: choose(wanted))
        group.addAction(action)

    for id, name in _VOICES:
        offer(menu, said(name), with_instrument(setup, id))
    offer(menu, said("Microphone"), with_instrument(setup, MICROPHONE))
    parts = (
        (said("Racks"), [(str(e["name"]), with_rack(setup, e)) for e in shelf.of_kind("rack", True)]),
        (
            said("Plugins"),
            [(str(e["name"]), with_instrument(setup, str(e["id"]))) for e in shelf.of_kind("plugin", True)],
        ),
        (
            said("Written in Python"),
            [(str(e["name"]), with_instrument(setup, str(e["id"]))) for e in shelf.of_kind("python", True)],
        ),
    )
    menu.addSeparator()
    for title, choices in parts:
        inside = menu.addMenu(title)
        assert inside is not None
        for text, wanted in choices:
            offer(inside, text, wanted)
        if title == said("Racks"):
            inside.addSeparator()
            other = inside.addAction(said("Open a rack file …"))
            assert other is not None
            other.triggered.connect(lambda: open_rack())
        elif not choices:
            empty = inside.addAction(said("Looking for plugins …") if shelf.scanning else said("None found"))
            assert empty is not None
            empty.setEnabled(False)
    menu.addSeparator()
    ports = menu.addMenu(said("MIDI port"))
    assert ports is not None
    for channel in range(CHANNELS):
        offer(ports, said("Channel {channel}").format(channel=channel + 1), replace(setup, port=PORT, channel=channel))
    return menu


def with_instrument(setup: TrackSetup, id: str) -> TrackSetup:
    """The track with another instrument; what belonged to the one before goes with it. [any]"""
    return replace(_without_source(setup), instrument=id)


def with_rack(setup: TrackSetup, entry: Mapping[str, Any]) -> TrackSetup:
    """The track with a whole rack for an instrument, and the controllers that this had learned. [any]"""
    plan = dict(entry.get("plan", {}))
    learned = tuple(
        LearnedSetup(str(each["slot"]), str(each["parameter"]), int(each["controller"]), each.get("channel"))
        for each in plan.get("learned", ())
    )
    bare = _without_source(setup)
    return replace(bare, rack=str(entry.get("id", "")), rack_plan=plan, learned=(*bare.learned, *learned))


def _without_source(setup: TrackSetup) -> TrackSetup:
    """A track without what its instrument was, or the slots of its rack."""
    effects = {slot.name for slot in setup.slots}

    def kept(of_slots: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in of_slots.items() if name in effects and name != INSTRUMENT}

    return replace(
        setup,
        instrument=TrackSetup().instrument,
        rack="",
        rack_plan={},
        port="",
        channel=0,
        turned=kept(setup.turned),
        kept=kept(setup.kept),
        learned=tuple(each for each in setup.learned if each.slot in effects),
    )


def _source(setup: TrackSetup) -> tuple[object, ...]:
    if setup.port:
        return setup.port, setup.channel
    return (setup.rack, bool(setup.rack_plan)) if setup.rack_plan else (setup.instrument,)


def _stem(path: str) -> str:
    return path.replace("\\", "/").rsplit("/", 1)[-1].removesuffix(".rack")
