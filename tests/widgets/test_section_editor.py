"""Chips and links stay what they say (DB13/T 3.3.3: coded terms in the text)."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtWidgets import QApplication

from app.domain.coding import Code
from app.domain.report import Chip, ImageLink, Inline, MeasurementLink, SectionKind, Text
from widgets.panels.reporting.inline_json import inline_from_json, inline_to_json
from widgets.panels.reporting.section_editor import SectionEditor
from widgets.theme import apply_theme

NODULE = Chip("结节", Code("RID3875", "RADLEX", "nodule"))
LENGTH = MeasurementLink("8.4 mm", "1.2.3")
FIGURE = ImageLink("图 1", "key-1")
CONTENT: tuple[Inline, ...] = (
    Text("左肺 "),
    NODULE,
    Text("，长径 "),
    LENGTH,
    Text("（"),
    FIGURE,
    Text("）。\n纵隔 𬭊 未见异常。"),
)

pytestmark = pytest.mark.window


@pytest.fixture
def editor(qtbot, qapp: QApplication) -> SectionEditor:  # type: ignore[no-untyped-def]
    apply_theme(qapp, "dark")
    made = SectionEditor(SectionKind.FINDINGS)
    qtbot.addWidget(made)
    made.resize(600, 200)
    made.show()
    made.show_content(CONTENT)
    return made


def put_cursor(editor: SectionEditor, place: int) -> None:
    cursor = editor.textCursor()
    cursor.setPosition(place)
    editor.setTextCursor(cursor)


def test_content_comes_out_as_it_went_in(editor: SectionEditor) -> None:
    """Words, chips, links, line breaks and characters outside the BMP survive the editor."""
    assert editor.content() == CONTENT


@pytest.mark.parametrize("part", [NODULE, LENGTH, FIGURE, Text("字")])
def test_inlines_survive_the_clipboard_s_form(part: Inline) -> None:
    """The clipboard's JSON gives the same inline back."""
    assert inline_from_json(inline_to_json(part)) == part


def test_typing_at_the_edges_of_a_chip_is_plain_text(editor: SectionEditor, qtbot) -> None:  # type: ignore[no-untyped-def]
    """What is typed before or behind a chip never becomes part of it."""
    put_cursor(editor, 5)
    qtbot.keyClicks(editor, "ab")
    put_cursor(editor, 3)
    qtbot.keyClicks(editor, "cd")
    assert editor.content()[:3] == (Text("左肺 cd"), NODULE, Text("ab，长径 "))


def test_editing_inside_a_chip_takes_its_code_visibly(editor: SectionEditor, qtbot) -> None:  # type: ignore[no-untyped-def]
    """A code never stands on text that is not its own; the editor says so, and undo brings the chip back."""
    put_cursor(editor, 4)
    with qtbot.waitSignal(editor.chip_broken) as told:
        qtbot.keyClicks(editor, "x")
    assert told.args == ["结节"]
    assert NODULE not in editor.content()
    assert editor.content()[0] == Text("左肺 结x节，长径 ")
    assert LENGTH in editor.content()
    editor.undo()
    qtbot.waitUntil(lambda: editor.content() == CONTENT)
    editor.redo()
    qtbot.waitUntil(lambda: NODULE not in editor.content())


def test_deleting_part_of_a_link_takes_the_link(editor: SectionEditor, qtbot) -> None:  # type: ignore[no-untyped-def]
    """8.4 mm with its last letter deleted is plain text, not a link that prints something else."""
    end = editor.toPlainText().index("8.4 mm") + 6
    put_cursor(editor, end)
    qtbot.keyClick(editor, Qt.Key.Key_Backspace)
    assert all(not isinstance(part, MeasurementLink) for part in editor.content())


def test_copy_and_paste_keep_chips(editor: SectionEditor) -> None:
    """A whole chip is copied as a chip, half of one as words."""
    cursor = editor.textCursor()
    cursor.setPosition(4)
    cursor.setPosition(14, cursor.MoveMode.KeepAnchor)
    editor.setTextCursor(cursor)
    data = editor.createMimeDataFromSelection()
    put_cursor(editor, len(editor.toPlainText()))
    editor.insertFromMimeData(data)
    pasted = editor.content()
    assert pasted.count(LENGTH) == 1 + (LENGTH.text in data.text())
    assert pasted.count(NODULE) == 1


def test_what_is_pasted_from_other_programs_can_be_given_out(editor: SectionEditor) -> None:
    """A page end copied out of a PDF is a line break; control characters, which CDA cannot carry, do not come
    in.
    """
    editor.show_content(())
    data = QMimeData()
    data.setText("第一页\x0c第二页\r\n三\x07\x1f𬭊\u2028四")
    editor.insertFromMimeData(data)
    assert editor.content() == (Text("第一页\n第二页\n三𬭊\n四"),)


def test_inserting_a_chip_at_the_cursor(editor: SectionEditor) -> None:
    """A chip inserted while the cursor is inside another goes behind it."""
    put_cursor(editor, 4)
    editor.insert_inline(Chip("空洞", Code("RID34402", "RADLEX", "cavity")))
    assert editor.content()[1] == NODULE
    assert editor.content()[2].text == "空洞"


def test_a_click_on_a_link_in_a_frozen_report_follows_it(editor: SectionEditor, qtbot) -> None:  # type: ignore[no-untyped-def]
    """Reopening shows all links alive: a signed report is read only, and its links can be clicked."""
    editor.setReadOnly(True)
    run = next(r for r in editor._coded_runs() if r.text == LENGTH.text)
    place = editor._boxes(run)[0].center().toPoint()
    with qtbot.waitSignal(editor.link_activated) as told:
        qtbot.mouseClick(editor.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert told.args == [LENGTH]
    before = editor.content()
    qtbot.keyClicks(editor, "x")
    assert editor.content() == before


@pytest.mark.parametrize("asked", ["/", "ctrl-space"])
def test_the_picker_is_asked_for(editor: SectionEditor, qtbot, asked: str) -> None:  # type: ignore[no-untyped-def]
    """Both / and Ctrl+Space ask for a term; / between Latin letters stays a slash."""
    put_cursor(editor, 0)
    with qtbot.waitSignal(editor.term_asked):
        if asked == "/":
            qtbot.keyClicks(editor, "/")
        else:
            qtbot.keyClick(editor, Qt.Key.Key_Space, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClicks(editor, "mg")
    qtbot.keyClicks(editor, "/")
    assert editor.toPlainText().startswith("mg/")
