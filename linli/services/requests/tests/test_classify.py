"""The classifier on small texts written for this test."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from openpyxl import Workbook

from linli.services.requests.classify import (
    BadModel,
    CategoryTree,
    Classifier,
    Labelled,
    Message,
    Model,
    NoColumn,
    Rules,
    TooFew,
    labelled,
    ridge,
    train,
)
from linli.services.requests.classify.calibration import (
    careful_threshold,
    expected_calibration_error,
    threshold_at,
)
from linli.services.requests.classify.features import Grams
from linli.services.requests.classify.text import even, passages

TREE = CategoryTree.from_rows([
    ["住房", "物业服务"], ["住房", "电梯"], ["交通", "公交"], ["交通", "道路"], ["教育", "学校"], ["教育", "招生"],
    ["养犬", "犬只管理"], ["养犬", "流浪狗"], ["其他", "其他"],
])
RULES = Rules.of([
    {"slug": "lift", "title": "电梯", "names": ["电梯", "住房"], "words": ["电梯", "困人"]},
    {"slug": "bus", "title": "公交", "names": ["公交", "交通"], "words": ["公交车", "公交"]},
    {"slug": "dog", "title": "养犬", "names": ["养犬"], "words": ["遛狗", "狗绳"]},
    {"slug": "moon", "title": "月亮", "names": ["月亮"], "words": ["月亮"]},
], since="2026-11-01", source="自定")
WORDS = {
    "住房": (["电梯", "物业", "楼道", "门禁"], ["坏了三天没人修", "一直收费不办事", "业主很着急"]),
    "交通": (["公交车", "马路", "红绿灯", "公路"], ["司机经常不停站", "坑坑洼洼难走", "早高峰堵得厉害"]),
    "教育": (["学校", "老师", "幼儿园", "招生"], ["学费涨得太快", "孩子没有学位", "家长想知道名单"]),
}


def rows() -> list[Labelled]:
    return [Labelled(Message(f"{thing}的问题", f"请问{thing}{trouble}，{tail}。"), label)
            for label, (things, troubles) in WORDS.items()
            for thing, trouble, tail in itertools.product(things, troubles, ["盼回复", "请处理"])]


@pytest.fixture(scope="module")
def model() -> Model:
    return train(rows(), TREE, rules=RULES, source="test")


@pytest.fixture
def classifier(model: Model) -> Classifier:
    return Classifier(model, TREE, rules=RULES)


class Toy:
    """An embedder that knows which of three worlds a text is about."""

    name = "toy 1"

    def messages(self, messages):
        return self.names([message.whole for message in messages])

    def names(self, names):
        one = [[sum(text.count(word) for word in things) for things, _ in WORDS.values()] for text in names]
        return np.tile(np.array(one, np.float32) + 0.1, 2)


@pytest.mark.parametrize(("text", "subject"), [
    ("电梯坏了\n三号楼的电梯停了两天。", "电梯坏了"),
    ("三号楼的电梯停了。请修。", "三号楼的电梯停了。"),
    ("", ""),
    ("长" * 200 + "\n后文", "长" * 80),
])
def test_the_first_line_is_the_subject(text: str, subject: str) -> None:
    assert Message.of(text).subject == subject


@given(st.text(max_size=900))
def test_passages_are_short_and_lose_nothing_but_blanks(text: str) -> None:
    found = passages(text, most=10_000)
    assert all(len(piece) <= 200 for piece in found)
    assert "".join("".join(found).split()) == "".join(text.split())


@given(st.lists(st.text(alphabet="电梯坏了abｃ，。 😀\0", max_size=12), min_size=1, max_size=6))
def test_runs_are_those_that_a_loop_would_cut(texts: list[str]) -> None:
    grams = Grams.learn(texts, longest=4, at_least=1)
    expected = []
    for text in texts:
        found = [text[at:at + length] for length in range(1, 5) for at in range(len(text) - length + 1)]
        expected.append(sum(all(char.isalnum() for char in run) for run in found))
    assert grams.counts(texts).sum(axis=1).ravel().tolist() == [expected]


def test_letters_never_seen_and_empty_texts_count_nothing() -> None:
    grams = Grams.learn(["电梯坏了"], longest=4, at_least=1)
    assert grams.transform(["猫", "", "电"]).getnnz(axis=1).tolist() == [0, 0, 1]


def test_leaving_one_out_and_a_class_out_equals_training_without_them() -> None:
    rng = np.random.default_rng(1)
    features = rng.normal(size=(20, 6))
    kernel = features @ features.T
    classes = np.arange(20) % 3
    targets = np.where(classes[:, None] == np.arange(3), 1.0, -1.0)
    weights = rng.uniform(0.5, 2, 20)
    whole = ridge.fit(kernel, targets, weights, 0.4)
    for gone in ([4], np.flatnonzero(classes == 1)):
        rest = np.setdiff1d(np.arange(20), gone)
        again = ridge.fit(kernel[np.ix_(rest, rest)], targets[rest], weights[rest], 0.4)
        expected = (kernel[np.ix_(gone, rest)] + ridge.CONSTANT) @ again.alpha
        np.testing.assert_allclose(whole.without(np.array(gone)), expected, atol=1e-8)
    np.testing.assert_allclose(whole.without_each()[4], whole.without(np.array([4]))[0], atol=1e-8)


def test_a_message_finds_its_class_and_says_which_words_decided(classifier: Classifier) -> None:
    found = classifier.suggest("电梯又坏了\n我们楼的电梯坏了三天没人修，业主很着急。")
    assert found.category_code == "住房.电梯"
    assert found.method == "model"
    assert "电梯" in found.reason["words"]
    assert found.reason["class"] == "住房"
    assert json.loads(json.dumps(found.reason)) == found.reason


def test_a_class_without_a_labelled_row_is_found_by_tree_and_words(classifier: Classifier) -> None:
    found = classifier.suggest("流浪狗太多\n小区里流浪狗乱跑，遛狗也不牵狗绳。")
    assert found.category_code.startswith("养犬")
    assert found.method in {"tree", "keywords"}
    assert not found.sure
    assert found.reason["other"] > 0.5


def test_before_there_is_a_model_the_dated_words_suggest_and_say_so() -> None:
    found = Classifier(None, TREE, rules=RULES).suggest("公交车总是不来")
    assert (found.category_code, found.reason["since"], found.reason["source"]) == ("交通.公交", "2026-11-01", "自定")
    assert found.method in {"keywords", "tree"}
    assert not found.sure
    assert found.confidence <= 0.65


def test_nothing_speaks_for_anything() -> None:
    found = Classifier(None, TREE, rules=RULES).suggest("您好，在吗")
    assert (found.category_code, found.method, found.confidence) == ("", "none", 0.0)


def test_without_tree_the_slug_of_the_list_is_the_category() -> None:
    assert Classifier(None, None, rules=RULES).suggest("电梯困人").category_code == "lift"


def test_a_rule_whose_names_the_tree_does_not_know_is_silent() -> None:
    assert Classifier(None, TREE, rules=RULES).suggest("月亮很圆").method == "none"


def test_an_area_without_that_class_gets_no_suggestion_of_it(model: Model) -> None:
    smaller = CategoryTree.from_rows([["交通", "公交"], ["教育", "学校"]])
    found = Classifier(model, smaller, rules=RULES).suggest("电梯坏了，物业不修电梯")
    assert not found.category_code.startswith("住房")
    assert all(code in smaller.tops for code, _ in found.alternatives)


@settings(max_examples=40)
@given(st.text(max_size=300))
def test_any_text_gets_a_suggestion_that_the_tree_knows(text: str) -> None:
    found = Classifier(_MODEL, TREE, rules=RULES).suggest(text)
    assert found.category_code in {"", *TREE.codes()}
    assert 0 <= found.confidence <= 1
    assert (found.method == "none") == (found.category_code == "")


def test_one_at_a_time_is_the_same_as_all_at_once(classifier: Classifier) -> None:
    texts = ["电梯坏了", "公交车不停站", "学校招生", ""]
    for alone, together in zip(map(classifier.suggest, texts), classifier.suggest_many(texts), strict=True):
        assert alone.category_code == together.category_code
        assert alone.confidence == pytest.approx(together.confidence, abs=1e-6)
    assert classifier.suggest_many([]) == []


def test_a_saved_model_says_the_same_and_holds_no_code(model: Model, tmp_path) -> None:
    model.save(tmp_path / "m")
    again = Model.load(tmp_path / "m")
    texts = ["电梯坏了三天没人修", "遛狗不牵绳", "红绿灯"]
    assert (Classifier(again, TREE, rules=RULES).suggest_many(texts)
            == Classifier(model, TREE, rules=RULES).suggest_many(texts))
    assert again.facts["rows"] == len(rows())
    assert again.facts["source"] == "test"
    assert json.loads((tmp_path / "m" / "model.json").read_text("utf-8"))["facts"]["macro_f1"] > 0.9
    assert sorted(path.name for path in (tmp_path / "m").iterdir()) == ["model.json", "model.npz"]


def test_a_broken_or_absent_model_says_train_again(tmp_path, model: Model) -> None:
    with pytest.raises(BadModel, match="train again"):
        Model.load(tmp_path)
    model.save(tmp_path)
    whole = (tmp_path / "model.npz").read_bytes()
    for half in (whole[:len(whole) // 2], b"", b"PK\x03\x04 no"):
        (tmp_path / "model.npz").write_bytes(half)
        with pytest.raises(BadModel, match="train again"):
            Model.load(tmp_path)


@pytest.mark.parametrize("few", [[], rows()[:5], [row for row in rows() if row.label == "交通"]])
def test_too_few_rows_teach_nothing(few: list[Labelled]) -> None:
    with pytest.raises(TooFew):
        train(few, TREE, rules=RULES)


def test_a_community_without_a_tree_learns_its_own_labels() -> None:
    model = train(rows(), None, rules=RULES)
    assert model.learned_classes == ("交通", "住房", "教育")
    assert Classifier(model, None, rules=RULES).suggest("公交车司机经常不停站").category_code == "交通"


def test_of_very_many_rows_the_newest_teach(monkeypatch) -> None:
    monkeypatch.setattr("linli.services.requests.classify.training.MOST_ROWS", 32)
    model = train(rows(), TREE, rules=RULES)
    assert (model.facts["rows"], model.facts["given"]) == (32, len(rows()))
    assert model.learned_classes == ("交通", "教育")  # the labels of the last 32


def test_two_classes_are_enough() -> None:
    model = train([row for row in rows() if row.label != "教育"], TREE, rules=RULES)
    assert model.learned_classes == ("交通", "住房")


def test_labels_may_be_names_or_codes_below_the_first_level() -> None:
    given_as = {"住房": "住房.电梯", "交通": "道路", "教育": "教育"}
    model = train([replace(row, label=given_as[row.label]) for row in rows()], TREE, rules=RULES)
    assert model.learned_classes == ("交通", "住房", "教育")


def test_meaning_refines_only_where_the_model_was_trained_with_it(model: Model) -> None:
    toy = Toy()
    texts = ["电梯坏了", "老师很好"]
    plain = Classifier(model, TREE, rules=RULES)
    first = plain.suggest_many(texts)
    assert plain.refine_dense(texts, first, embed=toy) == first
    fused = Classifier(train(rows(), TREE, rules=RULES, embed=toy), TREE, rules=RULES)
    first = fused.suggest_many(texts)
    again = fused.refine_dense(texts, first, embed=toy)
    assert [one.dense for one in first] == [False, False]
    assert [one.dense for one in again] == [True, True]
    assert [one.reason["class"] for one in again] == ["住房", "教育"]
    other = Toy()
    other.name = "toy 2"
    assert fused.refine_dense(texts, first, embed=other) == first


def test_a_tree_and_labelled_rows_from_sheets(tmp_path) -> None:
    book = Workbook()
    book.active.append(["一级分类", "二级分类", "三级分类"])
    for row in (["住房", "电梯", "维保"], ["住房", "电梯", "其他"], ["交通 ", "公.交", None]):
        book.active.append(row)
    book.save(tmp_path / "tree.xlsx")
    tree = CategoryTree.from_xlsx(tmp_path / "tree.xlsx")
    assert list(tree.codes()) == ["住房", "住房.电梯", "住房.电梯.维保", "住房.电梯.其他", "交通", "交通.公·交"]
    assert tree.documents() == [
        ("住房", "住房"), ("住房", "电梯 维保"), ("住房", "电梯"), ("交通", "交通"), ("交通", "公·交")]
    assert (tree.find("维保"), tree.top("维保"), tree.find("没有")) == ("住房.电梯.维保", "住房", "")

    book = Workbook()
    book.active.append(["留言编号", "留言主题", "留言详情", "一级分类"])
    for row in ([24, "电梯\n坏了", "\t请修 ", "住房"],
                [25, "电梯 坏了", "请修", "住房"], [26, 12, "", "交通"], [27, "空", "", ""]):
        book.active.append(row)
    book.save(tmp_path / "rows.xlsx")
    found = labelled(tmp_path / "rows.xlsx")
    assert [row.label for row in found] == ["住房", "交通"]
    with pytest.raises(NoColumn, match="留言主题"):
        labelled(tmp_path / "tree.xlsx")


def test_calibration_measures() -> None:
    confidence = np.array([0.95, 0.95, 0.55, 0.55])
    right = np.array([True, True, True, False])
    assert expected_calibration_error(confidence, right) == pytest.approx(0.05)
    assert threshold_at(confidence, right, 0.9) == 0.95
    assert threshold_at(confidence, np.zeros(4, bool)) > 1
    many = np.linspace(1, 0, 400)
    assert careful_threshold(many, many > 0.5) > threshold_at(many, many > 0.5)
    assert careful_threshold(confidence, right) > 1  # two right answers prove nothing


def test_the_shipped_list_is_dated_sourced_and_even() -> None:
    found = Rules.in_force()
    assert found.since
    assert "自定" in found.source
    assert len({rule.slug for rule in found.rules}) == len(found.rules) > 30
    for rule in found.rules:
        assert rule.names, rule.slug
        assert len(set(rule.words)) == len(rule.words), rule.slug
        assert all(even(word) == word and len(word) > 1 for word in rule.words), rule.slug


@pytest.mark.parametrize(("text", "slug"), [
    ("三号楼电梯困人，维保没来", "lift"), ("路灯坏了，井盖也没了", "street"), ("楼上漏水，墙面开裂", "construction"),
    ("半夜施工噪音扰民", "noise"), ("垃圾清运不及时，摊贩占道经营", "city_order"), ("拖欠工资，没有劳动合同", "work"),
    ("孩子入学的学区划片", "enrolment"), ("派出所报警，小偷盗窃", "safety"),
])
def test_the_shipped_list_hears_what_residents_say(text: str, slug: str) -> None:
    assert Classifier(None, None).suggest(text).category_code == slug


_MODEL = train(rows(), TREE, rules=RULES)
