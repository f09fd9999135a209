"""Coded vocabulary (DB13/T 3.3.3.1): RadLex subset with our Chinese overlay, and the search of the picker."""

from app.terminology.store import TermStore as TermStore
from app.terminology.store import load_terms as load_terms
from app.terminology.term import Term as Term
from app.terminology.term import TermHit as TermHit
