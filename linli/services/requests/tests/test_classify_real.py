"""The classifier on real messages, where the folder of shared data lies beside the project."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from linli.services.requests.classify import CategoryTree, Classifier, labelled, train
from linli.services.requests.classify.sheets import messages

DATA = Path(os.environ.get("LINLI_SHARED_DATA") or Path(__file__).resolve().parents[5] / "shared" / "data")
FOLDER = DATA / "messages"
pytestmark = pytest.mark.skipif(
    not (FOLDER / "附件2_sample.xlsx").is_file(), reason="no shared data: set LINLI_SHARED_DATA to its folder")


@pytest.fixture(scope="module")
def classifier() -> Classifier:
    tree = CategoryTree.from_xlsx(FOLDER / "附件1.xlsx")
    return Classifier(train(labelled(FOLDER / "附件2_sample.xlsx"), tree), tree)


def test_the_sample_has_494_distinct_rows_and_the_tree_15_classes(classifier: Classifier) -> None:
    assert len(labelled(FOLDER / "附件2_sample.xlsx")) == 494
    assert len(classifier.tree.tops) == 15
    assert max(map(len, classifier.tree.codes())) <= 60  # as long as a case's category may be


def test_left_out_one_by_one_the_labelled_rows_find_their_class(classifier: Classifier) -> None:
    assert classifier.model is not None
    assert classifier.model.facts["macro_f1"] >= 0.85


def test_an_import_of_all_messages_is_quick_and_hardly_any_is_left_over(classifier: Classifier) -> None:
    texts = messages(FOLDER / "附件3.xlsx")
    began = time.process_time()
    found = classifier.suggest_many(texts)
    assert time.process_time() - began < len(texts) / 500
    placed = [one for one in found if one.category_code]
    assert len(placed) >= 0.8 * len(texts)
    assert all(one.reason["words"] for one in placed if one.method == "keywords")
    assert sum(bool(one.reason["words"]) for one in placed) >= 0.99 * len(placed)
    beyond = {one.category_code.partition(".")[0] for one in placed} - set(classifier.model.learned_classes)
    assert len(beyond) == 8  # every class that nobody labelled is seen
