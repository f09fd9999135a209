"""A node tells the one above where it is, until that one reads it, and again from time to time."""

from __future__ import annotations

import logging
import threading
from urllib.parse import urlsplit

import httpx
from pydantic import ValidationError

from catalog_client.schema.wire import Announced, Announcement, Tier
from catalog_server.service.node import Node

log = logging.getLogger(__name__)

TIMEOUT_S = 5.0
#: how often it is said again once the node above reads us (that node may have been set up anew)
AGAIN_S = 300.0
#: how often it is tried until then
RETRY_S = (1.0, 60.0)


class Announcer:
    """Speaks to `config.parent` from a thread of its own; silent where there is none."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._stop = threading.Event()
        self._client = httpx.Client(timeout=httpx.Timeout(TIMEOUT_S, connect=3.0), trust_env=False)
        self._thread: threading.Thread | None = None
        self._said = ""

    @property
    def said(self) -> str:
        """What the node above answered last: "admitted", "waiting", why it failed, or "" where it was not
        asked yet.
        """
        return self._said

    def start(self) -> None:
        """Begin, where there is a node above."""
        config = self._node.config
        if config.parent and urlsplit(config.public_url).hostname in (None, "0.0.0.0", "::"):
            log.warning(
                "the node above is not told of this one: give --public-url, for nobody can reach %s",
                config.public_url or "no address",
            )
        elif config.parent:
            self._thread = threading.Thread(
                target=self._run, name=f"announce-{self._node.config.area_code}", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=TIMEOUT_S + 5)
        self._client.close()

    def announce(self) -> str:
        """Say it once: "admitted", "waiting" or why it failed."""
        config = self._node.config
        told = Announcement(
            node_id=self._node.node_id,
            url=config.public_url,
            tier=Tier(config.tier),
            area_code=config.area_code,
        )
        try:
            answer = self._client.post(
                f"{config.parent.rstrip('/')}/v1/children", json=told.model_dump(mode="json")
            )
            if answer.is_error:
                return f"answered {answer.status_code}"
            return "admitted" if Announced.model_validate_json(answer.content).admitted else "waiting"
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return type(error).__name__
        except ValidationError:
            return "is no directory node"

    def _run(self) -> None:
        wait = RETRY_S[0]
        while not self._stop.is_set():
            found = self.announce()
            if found != self._said:
                log.info("the node above at %s: %s", self._node.config.parent, found)
                self._said = found
            if found == "admitted":
                wait = RETRY_S[0]
            self._stop.wait(AGAIN_S if found == "admitted" else wait)
            wait = min(RETRY_S[1], wait * 2) if found != "admitted" else wait
