"""What people may do with the directory."""

from __future__ import annotations

from app.domain.person import Right, Role

REGISTER = Right("register", "register in the directory", frozenset({Role.CATALOGUING}))
SEARCH_DIRECTORY = Right("search-directory", "search the directory", frozenset(Role))
RIGHTS = (REGISTER, SEARCH_DIRECTORY)
