"""Commands of people."""

from __future__ import annotations

from app.session.commands import Command
from app.session.session import Session


def commands(session: Session) -> list[Command]:
    """Logging in and out."""
    user = session.user
    return [
        Command("person.log-in", "Log in", user.log_in, palette=False),
        Command("person.log-out", "Log out", user.log_out, icon="logout", enabled=lambda: user.is_logged_in),
        Command("person.lock", "Lock the window", user.lock, icon="lock", enabled=lambda: user.is_logged_in),
    ]
