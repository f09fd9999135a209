"""A page of plain text in headings, paragraphs and tables; nothing is loaded from anywhere."""

from __future__ import annotations

from html import escape
from typing import Any

from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QTextBrowser

from app.domain.document import Block, Heading, Page, Paragraph, Table
from widgets.theme import theme

_INDENT_PX = 20


class PageView(QTextBrowser):
    """Shows a page; its texts are escaped, and it opens no links and loads no resources."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.setObjectName("pages")
        self.setOpenLinks(False)
        self.setOpenExternalLinks(False)
        self.setAccessibleName(page.title)
        self.document().setDocumentMargin(24)
        self.setHtml(page_html(page))

    def loadResource(self, _kind: int, _name: QUrl | str) -> Any:
        return None


def page_html(page: Page) -> str:
    """The page for Qt's text document."""
    body = "".join(_block(block) for block in page.blocks)
    return f"<h1>{_text(page.title)}</h1>{body}"


def _block(block: Block) -> str:
    if isinstance(block, Heading):
        level = min(max(block.level, 1), 5)
        return f"<h{level}>{_text(block.text)}</h{level}>"
    if isinstance(block, Paragraph):
        return _paragraph(block)
    return _table(block)


def _paragraph(block: Paragraph) -> str:
    muted = theme().muted
    label = f'<span style="color:{muted}">{_text(block.label)}</span>' if block.label else ""
    between = " &nbsp;" if label and block.text else ""
    margin = _INDENT_PX * block.indent
    return f'<p style="margin:3px 0 3px {margin}px">{label}{between}{_text(block.text)}</p>'


def _table(block: Table) -> str:
    def row(cells: tuple[str, ...], kind: str) -> str:
        made = "".join(f'<{kind} align="left">{_text(cell)}</{kind}>' for cell in cells)
        return f"<tr>{made}</tr>"

    head = row(block.header, "th") if block.header else ""
    body = "".join(row(cells, "td") for cells in block.rows)
    style = f"border-color:{theme().line}; border-style:solid; margin:6px 0"
    return f'<table border="1" cellspacing="0" cellpadding="5" style="{style}">{head}{body}</table>'


def _text(text: str) -> str:
    return escape(text).replace("\n", "<br/>")
