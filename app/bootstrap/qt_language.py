"""Qt's own dialogs, menus and numbers in the window's language."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from app.i18n import language

#: what Qt's Chinese catalogue leaves in English, as its dialogs show it
_MISSING = {
    "&Look in:": "查找范围(&L)：",
    "Files of &type:": "文件类型(&T)：",
    "Computer": "计算机",
    "Folder": "文件夹",
    "File Folder": "文件夹",
    "Drive": "驱动器",
    "File": "文件",
    "%1 File": "%1 文件",
    "Unknown": "未知",
    "%1 bytes": "%1 字节",
    "%1 byte(s)": "%1 字节",
}


class _OwnWords(QTranslator):
    """Words for what Qt's catalogue has not."""

    def translate(
        self, context: str, source: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:  # type: ignore[override]
        return _MISSING.get(source)

    def isEmpty(self) -> bool:
        return False


def speak(app: QApplication) -> None:
    """Choose the language of what Qt itself shows; may be called again after the language has changed."""
    for before in app.findChildren(QTranslator):
        app.removeTranslator(before)
        before.deleteLater()
    QLocale.setDefault(QLocale("zh_CN" if language() == "zh" else "en_GB"))
    if language() == "zh":
        qt = QTranslator(app)
        if qt.load("qtbase_zh_CN", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(_OwnWords(app))
            app.installTranslator(qt)  # asked first
