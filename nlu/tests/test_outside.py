"""Other people's exams: their files, the draws, and that the pipeline of `config.yml` sits them. The files here are made up."""

from __future__ import annotations

import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nlu.components import featurizers
from nlu.components.classifier import UNSURE
from nlu.experiments import outside
from nlu.experiments.outside import Pipeline, Reading, Score
from nlu.experiments.outside_files import OUTSIDE, Exam, OutsideFileError, other_size, read_exam

WORDS = {
    "music": "play the song please now",
    "weather": "will it rain tomorrow morning",
    "alarm": "wake me at seven sharp",
}
OTHER = "who painted that old picture"


def phrases(sentence: str) -> list[str]:
    """The sentence with each word left out and with each said twice: ten of five words."""
    words = sentence.split()
    shorter = [" ".join(words[:n] + words[n + 1 :]) for n in range(len(words))]
    return shorter + [" ".join([*words[:n], words[n], *words[n:]]) for n in range(len(words))]


LEARN = [(text, intent) for intent, sentence in WORDS.items() for text in phrases(sentence)]
JUDGE = [(sentence, intent) for intent, sentence in WORDS.items()]


def clinc(**changes: Any) -> dict[str, Any]:
    outside_learn = [[text, "oos"] for text in phrases(OTHER)]
    made = {
        "train": LEARN,
        "val": [],
        "test": JUDGE,
        "oos_train": outside_learn,
        "oos_val": [],
        "oos_test": [[OTHER, "oos"]],
    }
    return {**made, **changes}


def written(folder: Path, data: Any) -> Path:
    path = folder / "data_full.json"
    path.write_text(data if isinstance(data, str) else json.dumps(data), "utf-8")
    return path


def tables(folder: Path, train: str | None = None, test: str | None = None) -> Path:
    lines = ["text,category", *(f'"{text}, ok",{intent}' for text, intent in LEARN)]
    (folder / "train.csv").write_text("\n".join(lines) if train is None else train, "utf-8")
    (folder / "test.csv").write_text("text,category\nplay it,music\n" if test is None else test, "utf-8")
    return folder


# --- files


def test_clinc150_by_its_file_or_its_folder(tmp_path: Path) -> None:
    exam = read_exam("clinc150", written(tmp_path, clinc()))
    assert exam == read_exam("clinc150", tmp_path)
    assert exam.learn == LEARN
    assert exam.judge == JUDGE
    assert exam.outside_learn == phrases(OTHER)
    assert exam.outside_judge == [OTHER]
    assert exam.intents == 3


@pytest.mark.parametrize("name", ["banking77", "hwu64"])
def test_tables_by_their_folder_or_one_of_them(name: str, tmp_path: Path) -> None:
    exam = read_exam(name, tables(tmp_path))
    assert exam == read_exam(name, tmp_path / "train.csv")
    assert exam.learn[0] == (f"{LEARN[0][0]}, ok", "music"), "a comma in quotes is the text's"
    assert exam.judge == [("play it", "music")]
    assert exam.outside_judge == []


@pytest.mark.parametrize(
    ("data", "says"),
    [
        ("{", "no JSON"),
        ("[]", "has no list train, test, oos_train, oos_test"),
        ({"train": LEARN, "test": JUDGE}, "has no list oos_train, oos_test"),
        (clinc(train=[["a", "b"], ["a"]]), "entry 2 of train"),
        (clinc(train=[["a", 1]]), "entry 1 of train"),
        (clinc(train=[["a", "music"]]), "1 intents to learn"),
        (clinc(test=[["a", "taxi"]]), "'taxi' is asked and never learnt"),
        (clinc(oos_test=[]), "oos_test is empty"),
        (clinc(train=[*LEARN, ["a", OUTSIDE]]), "which is ours"),
    ],
)
def test_what_is_not_clinc150_is_refused_with_what_to_do(data: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(OutsideFileError, match=says):
        read_exam("clinc150", written(tmp_path, data))


@pytest.mark.parametrize(
    ("train", "test", "says"),
    [
        ("", None, "names no columns text and category"),
        ("utterance,intent\na,b\n", None, "train.csv: the first line"),
        ("text,category\n", None, "no lines but the first"),
        ("text,category\na,\n", None, "train.csv, line 2: text or category is missing"),
        (None, "text,category\nonly text\n", "test.csv, line 2"),
        (None, "text,category\na,taxi\n", "'taxi' is asked and never learnt"),
    ],
)
def test_what_is_no_table_is_refused_with_what_to_do(
    train: str | None, test: str | None, says: str, tmp_path: Path
) -> None:
    with pytest.raises(OutsideFileError, match=says):
        read_exam("banking77", tables(tmp_path, train, test))


def test_paths_that_lead_nowhere_are_refused_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(OutsideFileError, match="is not there: give the path of your copy of hwu64"):
        read_exam("hwu64", tmp_path / "none")
    with pytest.raises(OutsideFileError, match=r"no data_full\.json"):
        read_exam("clinc150", tmp_path)
    with pytest.raises(OutsideFileError, match=r"no train\.csv"):
        read_exam("banking77", tmp_path)
    (tmp_path / "banking.zip").write_bytes(b"PK\xff\xfe")
    with pytest.raises(OutsideFileError, match="give the folder"):
        read_exam("banking77", tmp_path / "banking.zip")
    with pytest.raises(OutsideFileError, match="UTF-8"):
        read_exam("clinc150", tmp_path / "banking.zip")


def test_a_wrong_file_ends_the_program_before_rasa_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"^problem: .* is not there"):
        outside.main(["clinc150", str(tmp_path / "none"), "--encoder", "none.onnx"])


def test_another_copy_is_said_to_be_another() -> None:
    assert "do not compare" in other_size(Exam("banking77", LEARN, JUDGE))
    assert other_size(Exam("banking77", [("a", "b")] * 10_003, [("a", "b")] * 3_080)) == ""


# --- draws


def test_a_draw_has_so_many_of_each_and_can_be_repeated() -> None:
    exam = Exam("clinc150", LEARN, JUDGE, phrases(OTHER), [OTHER])
    drawn = exam.drawn(4, seed=1)
    assert sorted(intent for _, intent in drawn.learn) == sorted([*WORDS] * 4)
    assert set(drawn.learn) <= set(LEARN)
    assert len(drawn.outside_learn) == 4
    assert drawn == exam.drawn(4, seed=1)
    assert drawn.learn != exam.drawn(4, seed=2).learn
    assert drawn.judge == JUDGE


def test_an_intent_with_fewer_phrases_gives_all_it_has() -> None:
    assert len(Exam("hwu64", [*LEARN, ("hi", "greet")], JUDGE).drawn(10, seed=1).learn) == 31


# --- marks


class Fake:
    """Reads what it is told to."""

    def __init__(self, readings: dict[str, Reading]) -> None:
        self.readings = readings
        self.learnt: list[tuple[str, str]] = []

    def learn(self, pairs: list[tuple[str, str]]) -> None:
        self.learnt = pairs

    def read(self, texts: list[str]) -> list[Reading]:
        return [self.readings[text] for text in texts]


def test_asking_back_is_wrong_in_scope_and_right_out_of_scope() -> None:
    readings = {
        "a": Reading("music", "music"),
        "b": Reading("music", UNSURE),
        "c": Reading("alarm", "alarm"),
        "d": Reading("music", "music"),
        "w": Reading(OUTSIDE, OUTSIDE),
        "x": Reading(OUTSIDE, UNSURE),
        "y": Reading("music", UNSURE),
        "z": Reading("music", "music"),
    }
    exam = Exam("clinc150", LEARN, [(text, "music") for text in "abcd"], ["o"], list("wxyz"))
    fake = Fake(readings)
    assert outside.score(fake, exam, UNSURE, learn_outside=True) == Score(0.75, 0.5, 0.5, 0.75)
    assert fake.learnt[-1] == ("o", OUTSIDE)
    assert outside.score(fake, exam, UNSURE, learn_outside=False) == Score(0.75, 0.5, None, 0.75)
    assert fake.learnt == LEARN


def test_one_share_stands_alone_and_several_as_mean_and_spread() -> None:
    assert outside.cell([0.5]) == "50.0"
    assert outside.cell([0.5, 0.6, 0.7]) == "60.0 ± 10.0"
    assert outside.cell([None]) == "–"


def test_published_figures_all_name_their_source() -> None:
    for name in ("clinc150", "banking77"):
        text = outside.published(name)
        assert all(line.rstrip("| ").rsplit("|", 1)[1].strip() for line in text.splitlines())
    assert "| 96.9 | 40.3 | Larson et al. 2019" in outside.published("clinc150")
    assert outside.published("hwu64") == ""


# --- the pipeline itself


class Letters:
    """Vectors of 384 numbers without a model: letters of a text, by place."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode(self, texts: list[str]) -> np.ndarray:
        self.asked += texts
        out = np.zeros((len(texts), 384), dtype=np.float32)
        for row, text in zip(out, texts, strict=True):
            for word in text.split():
                row[zlib.crc32(word.encode()) % 384] += 1
            row /= max(np.linalg.norm(row), 1e-9)
        return out


@pytest.fixture
def letters(monkeypatch: pytest.MonkeyPatch) -> Letters:
    made = Letters()
    monkeypatch.setattr(featurizers, "shared_encoder", lambda *_: made)
    return made


def test_the_pipeline_of_the_bot_sits_a_small_exam(letters: Letters, tmp_path: Path) -> None:
    exam = read_exam("clinc150", written(tmp_path, clinc()))
    words = outside.report(Pipeline(), exam, UNSURE)
    assert "clinc150: 3 intents, 30 phrases, 3 messages, 1 out of scope" in words
    assert "do not compare" in words
    rows = [line for line in words.splitlines() if line.startswith(("| all phrases", "| 10 phrases"))]
    assert [row.split("|")[1].strip() for row in rows] == [
        "all phrases, its out-of-scope phrases learnt",
        "all phrases, thresholds alone",
        "10 phrases an intent, 3 draws, its out-of-scope phrases learnt",
        "10 phrases an intent, 3 draws, thresholds alone",
    ]
    assert rows[0].split("|")[2].strip() == "100.0"
    assert rows[0].split("|")[4].strip() == "100.0"
    assert rows[1].split("|")[4].strip() == "–"
    assert len(letters.asked) == len(set(letters.asked)), "each text is encoded once"


def test_it_learns_anew_each_time_and_reads_repeated_texts(letters: Letters) -> None:
    pipeline = Pipeline()
    pipeline.learn(LEARN)
    first = pipeline.read(["play the song please now", "play the song please now", LEARN[0][0]])
    assert [reading.best for reading in first] == ["music"] * 3
    pipeline.learn([(text, f"other_{intent}") for text, intent in LEARN])
    assert pipeline.read(["play the song please now"])[0].best == "other_music"


def test_what_resembles_nothing_is_asked_back(letters: Letters) -> None:
    pipeline = Pipeline()
    pipeline.learn(LEARN)
    assert pipeline.read(["xyzzy qwrtp"])[0].answered == UNSURE
