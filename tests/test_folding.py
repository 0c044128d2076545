"""Folding: what a search finds."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.sources.folding import fold
from contracts import limits


@pytest.mark.parametrize(
    ("title", "folded"),
    [
        ("Nosferatu", "nosferatu"),
        ("  The   Cabinet\tof  Dr. Caligari ", "the cabinet of dr caligari"),
        ("Amélie", "amelie"),
        ("ŁÓDŹ", "lodz"),
        ("Smørrebrød", "smorrebrod"),
        ("Đorđe", "dorde"),
        ("Ærø & Þór", "aero thor"),
        ("Œuvre", "oeuvre"),
        ("Straße", "strasse"),
        ("Işık İstanbul", "isik istanbul"),
        ("ﬁlm №5 ½", "film no5 1 2"),
        ("Броненосец «Потёмкин»", "броненосец потемкин"),
        ("七人の侍", "七人の侍"),
        ("ΟΔΥΣΣΕΥΣ", "οδυσσευσ"),
        ("Spider-Man: Home (2002) [4K]", "spider man home 2002 4k"),
        ("★ | 🎬", ""),
        ("", ""),
    ],
)
def test_a_title_folds(title: str, folded: str) -> None:
    assert fold(title) == folded


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(title: str) -> None:
    assert fold(fold(title)) == fold(title)


@given(st.text(max_size=60))
def test_the_spelling_of_a_mark_does_not_matter(title: str) -> None:
    assert fold(unicodedata.normalize("NFC", title)) == fold(unicodedata.normalize("NFD", title))


@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_the_two_tables_agree(title: str) -> None:
    assert fold(title) == fold(title + "é").removesuffix("e").strip()


def test_a_long_title_is_clipped() -> None:
    assert len(fold("ﷺ" * 500)) <= limits.TITLE_CHARS_MAX
