"""Coded vocabulary: RadLex starter set with our Chinese overlay, and the search that a picker needs (DB13/T
3.3.3.1).
"""

from app.terminology.store import Term as Term
from app.terminology.store import TermHit as TermHit
from app.terminology.store import TermStore as TermStore
from app.terminology.store import load_terms as load_terms
