"""Pure parts: aspects, subjects, terms, scores, the law."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

from linli.mechanisms.knowledge import calibration, index as files
from linli.mechanisms.knowledge.aspects import FALLBACKS, aspect_of
from linli.mechanisms.knowledge.index import FEATURES, Group, Phrase
from linli.mechanisms.knowledge.law import SIGNS, Laws
from linli.mechanisms.knowledge.lexical import Bm25
from linli.mechanisms.knowledge.texts import subject_of, terms, widened
from linli.mechanisms.knowledge.units import ASPECTS, is_of, is_told_to


@pytest.mark.parametrize(("words", "aspect"), [
    ("办高龄津贴要带什么", "materials"), ("需要哪些材料", "materials"), ("上户口要准备啥", "materials"),
    ("户口本复印件要不要", "materials"), ("多久能办好", "limit"),
    ("身份证几天能拿到", "limit"), ("办下来要多长时间", "limit"),
    ("补办要多少钱", "fee"), ("养狗登记收费吗", "fee"), ("去哪里办", "where"), ("归哪个部门管", "where"),
    ("周末办不办", "where"), ("社区电话多少", "phone"), ("打哪个电话问", "phone"), ("我能领失业金吗", "eligible"),
    ("申请公租房有什么条件", "eligible"), ("外地户口能申请吗", "eligible"),
    ("低保怎么申请", "how"), ("网上能办吗", "how"),
    ("办完发什么证", "result"), ("一个月补多少", "result"),
    ("被驳回了怎么办", "remedy"), ("对结果不服怎么复议", "remedy"),
    ("什么是容缺受理", "what"), ("高龄津贴", "what")])
def test_which_side_is_asked_for(words: str, aspect: str) -> None:
    assert aspect_of(words) == aspect


@given(st.text(max_size=60))
def test_every_text_has_an_aspect_and_a_subject(words: str) -> None:
    assert aspect_of(words) in ASPECTS
    assert all(term[0] in "wbc" for term in terms(subject_of(words)))


def test_every_aspect_ends_at_what_the_thing_is() -> None:
    assert set(FALLBACKS) == set(ASPECTS)
    assert all(chain[0] == aspect and "what" in chain for aspect, chain in FALLBACKS.items())


@pytest.mark.parametrize(("words", "kept"), [
    ("请问身份证丢了怎么补办", "身份证丢"), ("不动产登记去哪里办", "不动产登记"), ("社会保险怎么转", "社会保险 转"),
    ("怎么办", "怎么办")])
def test_a_subject_keeps_whole_words(words: str, kept: str) -> None:
    assert subject_of(words).startswith(kept)


def test_what_papers_write_is_read_beside_what_people_say() -> None:
    assert "机动车驾驶证" in widened("驾照到期")
    assert widened("养犬登记") == "养犬登记"


@given(st.lists(st.text("户口登记身份证养犬津贴", min_size=1, max_size=12), min_size=1, max_size=8), st.integers(0, 7))
def test_a_text_finds_itself_best_or_as_well_as_its_likes(texts: list[str], at: int) -> None:
    asked = texts[at % len(texts)]
    scores = Bm25.learn(texts).scores(asked)
    assert scores.shape == (3, len(texts))
    assert np.isfinite(scores).all()
    assert (scores >= 0).all()
    if any(term[0] == "c" for term in terms(asked)):
        assert scores[2, at % len(texts)] > 0


@pytest.mark.parametrize(("kind", "of", "asker", "told"), [
    ("notice", "330106001001", "330106001001", True), ("notice", "330106001", "330106001001", True),
    ("notice", "330106001001", "330106001002", False), ("notice", "330106001001", "", False),
    ("facility", "330106001001", "330106001", False), ("service", "", "", True), ("item", "44", "330106001001", True),
    ("item", "330106001002", "330106001001", False)])
def test_who_is_told_what(kind: str, of: str, asker: str, told: bool) -> None:
    assert is_told_to(kind, of, asker) is told


def test_a_province_is_not_ones_own_place() -> None:
    assert not is_of("44", "330106001001")
    assert is_of("33", "330106001001")
    assert is_of("", "")


def _index(groups: int, wordings: int) -> tuple[files.Index, list[Phrase]]:
    names = [f"{chr(0x4e00 + at * 7)}{chr(0x4e03 + at * 7)}登记" for at in range(groups)]
    phrases = []
    for at, name in enumerate(names):
        phrases.append(Phrase(at, name, False))
        phrases += [Phrase(at, f"{name}{chr(0x5e00 + at + n)}", True) for n in range(wordings)]
    made = files.make([Group(f"g{at}", "item", name, "", False, "") for at, name in enumerate(names)], phrases, names,
                      np.zeros((len(phrases), 384), np.float32))
    return made, phrases


def test_too_few_wordings_leave_the_shipped_law() -> None:
    assert calibration.fit(*_index(4, 2)) is None


def test_a_fitted_law_knows_an_answer_from_small_talk() -> None:
    index, phrases = _index(20, 5)
    laws = calibration.fit(index, phrases)
    assert laws is not None
    assert laws.lexical.measured["hit1"] > 0.9
    assert all(weight >= 0 for weight in laws.lexical.weights)
    assert Laws.of(laws.told()) == laws


def test_one_rare_word_of_a_title_outweighs_common_ones() -> None:
    titles = ["协议公证", "协议登记", "户口登记", "养犬登记", "失业登记", "婚姻登记", "协议查询", "户口查询"]
    found = Bm25.learn(titles).named("登记 协议 公证", np.arange(len(titles)))
    assert int(np.argmax(found)) == 0
    assert ((found >= 0) & (found <= 1.0001)).all()
    assert not Bm25.learn(titles).named("没有写过的", np.arange(len(titles))).any()


def test_a_law_of_other_features_is_not_read() -> None:
    told = Laws.shipped().told()
    told["dense"]["weights"] = told["dense"]["weights"][:5]
    with pytest.raises(ValueError, match="features"):
        Laws.of(told)


def test_the_rehearsed_questions_are_no_phrases_and_no_small_talk() -> None:
    asked = [text for texts in calibration.rehearsed().values() for text in texts]
    assert len(asked) == len(set(asked))
    assert not set(asked) & set(calibration.small_talk())


def test_the_shipped_law_has_the_shape_that_is_read() -> None:
    laws = Laws.shipped()
    for law in (laws.dense, laws.lexical):
        assert len(law.weights) == len(FEATURES)
        assert len(law.first) == len(law.among) == SIGNS + 1
        assert 0 < law.unknown < law.sure
