"""From one part of the window to another: Ctrl+P, and the keys of the tabs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from zinspector.topology import edits
from zinspector.topology.document import SocketNode
from zinspector.ui import theme
from zinspector.ui.window import MainWindow

Scene = Callable[[MainWindow], Awaitable[None]]


def test_the_palette_finds_commands_and_nodes(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        node = window.canvas.adder.add("PUSH")
        window.workspace.edit("Rename", edits.rename(window.workspace.document, node, "ventilator"))
        window.workspace.select([])
        window.navigation.find_anything()
        QTest.keyClicks(window.navigation.finder.line, "venti")
        QTest.keyClick(window.navigation.finder.line, Qt.Key.Key_Return)
        assert window.workspace.selection == {node}
        window.navigation.find_anything()
        QTest.keyClicks(window.navigation.finder.line, "add stream")
        QTest.keyClick(window.navigation.finder.line, Qt.Key.Key_Return)
        assert [n.type for n in window.workspace.document.nodes if isinstance(n, SocketNode)] == ["PUSH", "STREAM"]

    play(scene)


def test_the_palette_finds_a_submenu_by_its_title(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        window.navigation.find_anything()
        QTest.keyClicks(window.navigation.finder.line, "theme light")
        QTest.keyClick(window.navigation.finder.line, Qt.Key.Key_Return)
        assert theme.switch().wanted == "light"

    play(scene)


def test_the_keys_of_the_tabs_follow_their_order(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        keys = {action.shortcut().toString(): action for _, action in window.actions_}
        for place in range(window.tabs.count()):
            action = keys[f"Alt+{place + 1}"]
            action.trigger()
            assert window.tabs.currentIndex() == place
            assert action.text().startswith(window.tabs.tabText(place).split()[0])

    play(scene)


def test_what_a_part_asks_to_see_is_shown_where_it_belongs(play: Callable[[Scene], None]) -> None:
    async def scene(window: MainWindow) -> None:
        node = window.canvas.adder.add("PUSH")
        window.canvas.messagesRequested.emit(node)
        assert window.tabs.currentWidget() is window.messages
        assert window.messages.scope_bar.scope.items == {node}
        window.navigation.show_tab(window.topics)
        window.topics.filterRequested.emit("size > 1", "replace")
        assert window.tabs.currentWidget() is window.messages
        assert window.messages.filter_bar.line.text() == "size > 1"
        window.workspace.select([])
        window.canvas.editRequested.emit(node)
        assert window.workspace.selection == {node}
        assert window.properties.isAncestorOf(window.focusWidget())

    play(scene)
