"""A drum kit that knows sounds of a mouth: a strike's shape in, which sound of the kit it is out.

What flows in: shapes of `ml/drums/strike.py`. What flows out: a sound with its key, or None for a strike that is none
of them: a syllable, a cough, a door. Plain values; a kit never changes, teaching it makes another. Safe anywhere.

The factory's sounds are mixtures of Gaussians that share one covariance (Hastie and Tibshirani, "Discriminant analysis
by Gaussian mixtures", 1996), learned from many mouths. A taught sound is one mouth's: a Gaussian about its examples,
as narrow as one mouth repeats itself, so near them it outweighs the factory's wide ones, and far away it is silent.
Three examples do, because how a mouth varies was learned beforehand and only where it is must be.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ml.drums.example import example_of
from ml.drums.kit_file import FACTORY_PATH, read_factory, read_sounds, write_sounds
from ml.drums.mixture import Gaussian, likelihood
from ml.drums.sounds import (
    EXAMPLES_AT_LEAST,
    EXAMPLES_AT_MOST,
    FACTORY_KEYS,
    FREE_KEYS,
    NAME_AT_MOST,
    NO_DRUM,
    OPEN_HAT,
    Factory,
    Shapes,
    Sound,
)
from score.errors import ModelError, UsageError

_TAUGHT_WEIGHT = 0.8  # of a sound that the factory knows too: this user's way with it counts for more
_EARNEST = 0.3  # of the covariance between mouths: people vary more than the mouths that were made to vary
_MEANT = 12.0  # to one: who has turned the drums on, and is not singing, means to strike
_STOLEN = 0.34  # of another sound's witnesses that a new sound may not take


@dataclass(frozen=True)
class Kit:
    """The sounds that are told apart. [any]"""

    known: Factory
    sounds: tuple[Sound, ...]

    @staticmethod
    def factory() -> Kit:
        """The kit that comes with the program: kick, snare, and a hat that opens. [main]"""
        return Kit(_known(), tuple(Sound(name, key) for name, key in FACTORY_KEYS.items()))

    @staticmethod
    def load(path: Path) -> Kit:
        """The factory's kit with what this file was taught; where there is no such file, the factory's alone. [main]"""
        kit = Kit.factory()
        if not path.exists():
            return kit
        sounds = {sound.name: sound for sound in (*kit.sounds, *read_sounds(path))}
        return replace(kit, sounds=tuple(sounds.values()))

    def save(self, path: Path) -> None:
        """Write what this kit was taught, whole or not at all. [main]"""
        write_sounds(self.taught, path)

    def recognise(self, shape: npt.NDArray[np.float64]) -> Sound | None:
        """Which sound a strike is; a hat is the closed one, until it has lasted. [any]"""
        best, best_name, nearest = -math.inf, NO_DRUM, math.inf
        for name, components in self._mixtures.items():
            found, distance = likelihood(components, shape)
            if found > best:
                best, best_name, nearest = found, name, distance
        if best_name == NO_DRUM or nearest > self.known.farthest:
            return None
        return self.find(best_name)

    def find(self, name: str) -> Sound | None:
        """The sound of that name. [any]"""
        return next((sound for sound in self.sounds if sound.name == name), None)

    @property
    def taught(self) -> tuple[Sound, ...]:
        """The sounds that have a user's examples. [any]"""
        return tuple(sound for sound in self.sounds if sound.examples)

    def teach(self, name: str, key: int | None, examples: Sequence[npt.NDArray[np.float32]]) -> Kit:
        """A kit that knows `name` from these recordings at 16 kHz, a hit in each; `key` None takes a free one.

        What was taught by that name before is replaced. [any]
        """
        name = _checked_name(name)
        if not EXAMPLES_AT_LEAST <= len(examples) <= EXAMPLES_AT_MOST:
            raise ModelError(
                f"'{name}' was given {len(examples)} examples; {EXAMPLES_AT_LEAST} to {EXAMPLES_AT_MOST} are needed.",
                "Make the sound three times, with a pause between.",
            )
        heard = [example_of(samples, f"example {n} of '{name}'") for n, samples in enumerate(examples, 1)]
        if name == OPEN_HAT:
            for n, each in enumerate(heard, 1):
                if not each.held:
                    raise ModelError(
                        f"example {n} of '{name}' ends too soon to be told from a closed one.", "Hold the hiss longer."
                    )
        shapes = np.array([each.strike.shape for each in heard])
        self._agree(name, shapes)
        before = self.find(name)
        if key is None:
            key = before.key if before is not None else self._free_key()
        made = Sound(name, _checked_key(key), tuple(tuple(row) for row in np.round(shapes, 5).tolist()))
        kit = replace(self, sounds=(*(sound for sound in self.sounds if sound.name != name), made))
        self._stay_apart(made, kit)
        return kit

    def forget(self, name: str) -> Kit:
        """A kit without what was taught by that name; a sound of the factory's is as it was. [any]"""
        sound = self.find(name)
        if sound is None or (not sound.examples and name in FACTORY_KEYS):
            taught = ", ".join(f"'{each.name}'" for each in self.taught) or "nothing"
            raise UsageError(f"nothing was taught as '{name}'; known is {taught}.", "Look with: vocello teach --list")
        rest = tuple(each for each in self.sounds if each.name != name)
        if name in FACTORY_KEYS:
            rest = (*rest, Sound(name, FACTORY_KEYS[name]))
        return replace(self, sounds=rest)

    @cached_property
    def _mixtures(self) -> dict[str, list[Gaussian]]:
        """Of each family, its Gaussians; that nothing was struck is a family too."""
        made: dict[str, list[Gaussian]] = {}
        for name, prototypes in self.known.prototypes.items():
            weight = 1.0 / len(prototypes) / (_MEANT if name == NO_DRUM else 1.0)
            made[name] = [Gaussian.about(row, self.known.covariance, weight) for row in prototypes]
        for sound in self.taught:
            about = self._about(np.array(sound.examples))
            others = made.get(sound.family, [])
            share = 1.0 if not others else 1.0 - _TAUGHT_WEIGHT
            made[sound.family] = [
                *(replace(each, log_weight=each.log_weight + math.log(share)) for each in others),
                replace(about, log_weight=about.log_weight + math.log(_TAUGHT_WEIGHT if others else 1.0)),
            ]
        return made

    def _about(self, shapes: Shapes) -> Gaussian:
        """Where the next strike of this sound is to be expected, after these."""
        spread = self.known.repeating + _EARNEST * self.known.covariance
        return Gaussian.about(shapes.mean(axis=0), spread * (1.0 + 1.0 / len(shapes)), 1.0)

    def _agree(self, name: str, shapes: Shapes) -> None:
        """Each example is near the others, or the one that is farthest from them is named."""
        far = [self._about(np.delete(shapes, n, axis=0)).distance(shape) for n, shape in enumerate(shapes)]
        odd = int(np.argmax(far))
        if far[odd] > self.known.farthest:
            raise ModelError(
                f"example {odd + 1} of '{name}' sounds unlike the others.", "Make the same sound each time, and again."
            )

    def _stay_apart(self, made: Sound, kit: Kit) -> None:
        """The new sound is told from all others, and none of them is lost to it."""
        for n, shape in enumerate(made.examples):
            rest = replace(made, examples=made.examples[:n] + made.examples[n + 1 :])
            without = replace(kit, sounds=tuple(rest if each is made else each for each in kit.sounds))
            found = without.recognise(np.array(shape))
            if found is None or found.family != made.family:
                other = f"'{found.name}'" if found is not None else "a voice, or like nothing a mouth strikes"
                raise ModelError(f"example {n + 1} of '{made.name}' sounds too much like {other}.", _DIFFER)
        for family, witnesses in self._witnesses().items():
            if family == made.family or not len(witnesses):
                continue
            mine = sum(self._recognised(self, shape) == family for shape in witnesses)
            stolen = sum(
                self._recognised(self, shape) == family and self._recognised(kit, shape) == made.family
                for shape in witnesses
            )
            if stolen > _STOLEN * mine:
                other = "a voice" if family == NO_DRUM else f"'{family}'"
                raise ModelError(f"'{made.name}' sounds too much like {other}: they would be mistaken.", _DIFFER)

    def _witnesses(self) -> dict[str, Shapes]:
        taught = {sound.family: np.array(sound.examples) for sound in self.taught}
        return {**self.known.witnesses, **taught}

    @staticmethod
    def _recognised(kit: Kit, shape: npt.NDArray[np.float64]) -> str:
        found = kit.recognise(shape)
        return NO_DRUM if found is None else found.family

    def _free_key(self) -> int:
        taken = {sound.key for sound in self.sounds}
        free = next((key for key in FREE_KEYS if key not in taken), None)
        if free is None:
            raise ModelError("no key of a drum kit is left.", "Name one yourself: vocello teach NAME --key 81")
        return free


@cache
def _known() -> Factory:
    """Read once: it never changes while the program runs."""
    return read_factory(FACTORY_PATH)


_DIFFER = "Choose a sound that differs more."


def _checked_name(name: str) -> str:
    name = " ".join(name.split()).lower()
    if not name or len(name) > NAME_AT_MOST or not name.isprintable() or name == NO_DRUM:
        raise UsageError(f"'{name}' is no name for a sound.", f"Take one of 1 to {NAME_AT_MOST} letters: rim")
    return name


def _checked_key(key: int) -> int:
    if not 0 <= key <= 127:
        raise UsageError(f"{key} is no key.", "MIDI has keys 0 to 127: --key 39")
    return key
