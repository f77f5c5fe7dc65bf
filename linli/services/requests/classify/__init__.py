"""Which category a message belongs to, how sure that is, and which words said so.

`train(rows, tree)` gives a `Model`; `Classifier(model, tree).suggest_many(texts)` asks it, and the dated word list
where there is none. No database, no request: what a case does with a suggestion is the room's business.
"""

from linli.services.requests.classify.classifier import Classifier, Suggestion
from linli.services.requests.classify.dense import Embedder, embedder
from linli.services.requests.classify.keywords import Rules
from linli.services.requests.classify.model import BadModel, Model
from linli.services.requests.classify.sheets import Labelled, NoColumn, labelled
from linli.services.requests.classify.text import Message
from linli.services.requests.classify.training import TooFew, train
from linli.services.requests.classify.tree import CategoryTree

__all__ = ["BadModel", "CategoryTree", "Classifier", "Embedder", "Labelled", "Message", "Model", "NoColumn", "Rules",
           "Suggestion", "TooFew", "embedder", "labelled", "train"]
