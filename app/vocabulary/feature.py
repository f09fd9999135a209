"""The vocabulary as a feature."""

from app.features import Feature
from app.vocabulary.cli import cli

FEATURE = Feature("vocabulary", cli=cli)
