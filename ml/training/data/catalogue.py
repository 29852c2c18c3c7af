"""Which open sets there are: who made them, under which licence, where they lie and how each file is checked.

Nothing flows in; what flows out are values that the fetching, the listing and the licence files are made from. A
checksum stands here only if somebody measured it: `checked_by` says who. Where nobody did, it is None, and the first
fetch pins what came (see lock). An address is called verified if the files behind it are known one by one; for the
others the note says what is not known. [any]
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote

from score.errors import UsageError

MB = 1_000_000


@dataclass(frozen=True)
class RemoteFile:
    """A file to be fetched: its name among the downloads, and where it lies, the best address first. [any]"""

    path: str
    urls: tuple[str, ...]
    size_bytes: int | None = None
    sha256: str | None = None
    md5: str | None = None
    checked_by: str = ""  # who published the checksum


@dataclass(frozen=True)
class Dataset:
    """A set of recordings as its authors publish it, and the places it takes among the training data. [any]"""

    name: str
    title: str
    what: str
    licence: str
    licence_url: str
    credit: str
    homepage: str
    files: tuple[RemoteFile, ...]
    places: tuple[str, ...]  # folders, or single files, that its converter makes
    recordings: int  # that its converter is expected to make
    needs_bytes: int  # of disk, downloads and results together; an estimate from above
    is_verified: bool
    note: str = ""
    only_judges: bool = False  # no model may learn from it


def _on_github(repository: str, commit: str, paths: Iterable[str]) -> tuple[RemoteFile, ...]:
    """Files of one commit: what lies there can never change under the same address."""
    root = f"https://raw.githubusercontent.com/{repository}/{commit}"
    return tuple(RemoteFile(path, (f"{root}/{quote(path)}",)) for path in paths)


# The recordings that stand both in HUST Solfege, which gives them their licence, and in SSVD 2.0, which corrected
# their onsets and added offsets. 1150 also stands in SSVD's test part, with other labels.
# fmt: off
_SOLFEGE = (
    1011, 1072, 1075, 1078, 1079, 1099, 1100, 1101, 1130, 1150, 1155, 1156, 1174, 1188, 1189, 1194, 1196, 1197,
    1198, 1201, 1202, 1203, 1205, 1206, 1207, 1208, 1210, 1211, 1212, 1213, 1214, 1216, 1217, 1218, 1219, 1220,
    1221, 1222, 1223, 1224, 1227, 1228, 1230, 1307, 1311, 1315, 1344, 1355, 313, 3221, 335, 364, 366, 406, 407, 408,
    410, 4193, 424, 427, 480,
)
# fmt: on

# The names are the authors': the cello's and the contrabass's octaves stand one too low in them (see the converter).
_CELLO = ("A2", "B1", "B3", "C1", "C3", "D2", "D4", "E1", "E3", "F2", "F4", "G1", "G3")
_VIOLIN = ("A3", "A4", "A5", "A6", "C4", "C5", "C6", "C7", "E4", "E5", "E6", "G3", "G4", "G5", "G6")
_CONTRABASS = ("A#0", "A1", "B2", "C#2", "C1", "D1", "E1", "E2", "F#0", "F#1", "G#1", "G#2", "G0")

SOLFEGE = Dataset(
    name="solfege",
    title="HUST Solfege / SSVD 2.0",
    what="61 sight-sung melodies, many singers, phone microphones; onset, offset and pitch of each note by hand",
    licence="MIT",
    licence_url="https://github.com/itec-hust/HUST_Solfege/blob/master/LICENSE",
    credit="Internet Technology and Engineering Center, Huazhong University of Science and Technology; labels of "
    "SSVD 2.0: X. Wang and others, 'MusicYOLO', ICASSP 2022",
    homepage="https://github.com/xk-wang/SSVD-v2.0",
    files=(
        *_on_github("itec-hust/HUST_Solfege", "8d4afe0651c8dc64dd3a7ac559e087db5c1d474d", ["LICENSE"]),
        *_on_github(
            "xk-wang/SSVD-v2.0",
            "5579396df4c77de8eb7da1f6ef7c2b2bd1ba2d26",
            [f"train&valid/{name}{ending}" for name in _SOLFEGE for ending in (".flac", ".txt")],
        ),
    ),
    places=("singing/solfege",),
    recordings=len(_SOLFEGE),
    needs_bytes=600 * MB,
    is_verified=True,
    note="The licence is that of HUST Solfege, where the recordings were first published; the repository of SSVD 2.0 "
    "names none of its own. The authors publish no checksums. A quarter of a semitone is taken off their pitches, "
    "which stand that much sharp.",
)

PJS = Dataset(
    name="pjs",
    title="PJS, phoneme-balanced Japanese singing-voice corpus 1.1",
    what="100 short songs and spoken sentences, one male singer, a quiet room; scores and phonemes",
    licence="CC BY-SA 4.0",
    licence_url="https://creativecommons.org/licenses/by-sa/4.0/",
    credit="Junya Koguchi and Shinnosuke Takamichi, 'PJS: phoneme-balanced Japanese singing voice corpus', 2020",
    homepage="https://sites.google.com/site/shinnosuketakamichi/research-topics/pjs_corpus",
    files=(
        RemoteFile(
            "PJS_corpus_ver1.1.zip",
            (
                "https://drive.usercontent.google.com/download?id=1hPHwOkSe2Vnq6hXrhVtzNskJjVMQmvN_&export=download&confirm=t",
            ),
            size_bytes=275_179_158,
            sha256="683c00253ee35a62d50de0375bb9d8e003a74338d4ce3495ac3f7ad096abc1ca",
            checked_by="others who fetched it",
        ),
    ),
    places=("singing/pjs", "singing/pjs-speech", "singing/room_noise.flac", "evaluation/pjs"),
    recordings=119,
    needs_bytes=1_000 * MB,
    is_verified=True,
    note="The authors publish no checksum; the one here was published, alike, by several who fetched the archive. "
    "22 songs are kept apart in evaluation/pjs: models that are to be judged by them must not learn from them.",
)

VOCADITO = Dataset(
    name="vocadito",
    title="vocadito, solo vocals",
    what="40 excerpts of solo singing in 7 languages, on many devices; notes by two annotators",
    licence="CC BY 4.0",
    licence_url="https://creativecommons.org/licenses/by/4.0/",
    credit="Rachel M. Bittner, Katherine Pasalo, Juan José Bosch, Gabriel Meseguer-Brocal and David Rubinstein, "
    "'vocadito: A dataset of solo vocals with f0, note, and lyric annotations', 2021",
    homepage="https://zenodo.org/records/5578807",
    files=(
        RemoteFile(
            "vocadito.zip",
            ("https://zenodo.org/records/5578807/files/vocadito.zip?download=1",),
            size_bytes=58_492_257,
            md5="dea40fd18f14d899643c4ba221b33a46",
            checked_by="Zenodo",
        ),
    ),
    places=("evaluation/vocadito",),
    recordings=40,
    needs_bytes=250 * MB,
    is_verified=True,
    note="For judging only: nothing is trained on it, so that its figures mean something.",
    only_judges=True,
)

PHILHARMONIA = Dataset(
    name="philharmonia-cello",
    title="Philharmonia Orchestra sound samples: the cello",
    what="notes from pianissimo to fortissimo and phrases of a cello, MP3; pitch, length and dynamic in the name",
    licence="free to use in any work, not to be made available as samples; also CC BY-SA 3.0",
    licence_url="https://philharmonia.co.uk/resources/sound-samples/",
    credit="Philharmonia Orchestra, London",
    homepage="https://philharmonia.co.uk/resources/sound-samples/",
    files=(
        RemoteFile(
            "all-samples.zip",
            ("https://philharmonia-assets.s3-eu-west-1.amazonaws.com/uploads/2020/02/12112005/all-samples.zip",),
        ),
    ),
    places=("strings/philharmonia-cello",),
    recordings=857,
    needs_bytes=1_200 * MB,
    is_verified=False,
    note="The orchestra publishes neither size nor checksum, and one archive for all instruments: about 250 MB, of "
    "which the cello is kept. Should it have moved: an archive of the cello alone, from the orchestra's page, will do "
    "as well. Up to a few dozen recordings more than expected may be in it.",
)


def _vsco2(instrument: str, folder: str, names: Iterable[str], what: str, note: str = "") -> Dataset:
    """One instrument of VSCO 2; `names` are its files, without their ending."""
    paths = [f"Strings/{folder}/{name}.wav" for name in names]
    return Dataset(
        name=f"vsco2-{instrument}",
        title=f"VSCO 2 Community Edition: {instrument}",
        what=f"long vibrato notes of {what}, the loud layer, 44.1 kHz; the sounding pitch is the name",
        licence="CC0 1.0",
        licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
        credit="Versilian Studios / Sam Gossner and Ivy Audio / Simon Dalzell; cut by Elan Hickler / Soundemote",
        homepage="https://github.com/sgossner/VSCO-2-CE",
        files=_on_github("sgossner/VSCO-2-CE", "2049252628dc847df037919fc51b76d0e38fa63d", paths),
        places=(f"strings/vsco2-{instrument}",),
        recordings=len(paths),
        needs_bytes=200 * MB,
        is_verified=True,
        note=f"The authors publish no checksums.{note}",
    )


VSCO2_CELLO = _vsco2(
    "cello",
    "Cello Section/susvib",
    (f"susvib_{name}_v3_1" for name in _CELLO),
    "a small section of cellos",
    " The cello is a section's, of few players.",
)
VSCO2_VIOLIN = _vsco2(
    "violin", "Solo Violin/Arco Vib", (f"LLVln_ArcoVib_{name}_f" for name in _VIOLIN), "a solo violin"
)
VSCO2_CONTRABASS = _vsco2(
    "contrabass",
    "Solo Contrabass/SusVib",
    (f"BKCtbss_SusVib_{name}_v3_rr1" for name in _CONTRABASS),
    "a solo contrabass",
)

CATALOGUE: tuple[Dataset, ...] = (
    SOLFEGE,
    PJS,
    VOCADITO,
    PHILHARMONIA,
    VSCO2_CELLO,
    VSCO2_VIOLIN,
    VSCO2_CONTRABASS,
)


def dataset_named(name: str) -> Dataset:
    """The set of that name. [any]"""
    for dataset in CATALOGUE:
        if dataset.name == name.strip().lower():
            return dataset
    names = ", ".join(dataset.name for dataset in CATALOGUE)
    raise UsageError(f"there is no set '{name}'; there are: {names}.", "See them all: vocello data list")
