"""The plan: what changes is changed, in the right order, and the end is the same as from scratch."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tests.helpers.drawn import ECHO, drawing, generate, link, proxy, sock
from zinspector.runtime.commands import (
    Bind,
    CloseSocket,
    Command,
    Connect,
    Disconnect,
    OpenSocket,
    RenewContext,
    SetOption,
    StartBehaviour,
    StartProxy,
    StopBehaviour,
    StopProxy,
    Subscribe,
    Unbind,
    Unsubscribe,
)
from zinspector.runtime.plan import plan
from zinspector.topology.document import AnyNode, Document, ExternalNode, Link, RelayNode, SocketType

PUB, SUB = sock("pub", "PUB", generate(rate=10)), sock("sub", "SUB", subscriptions=("a",))
FEED = drawing(PUB, SUB, link("pub", "sub"))


class World:
    """What the commands of a plan make; refuses commands that make no sense."""

    def __init__(self) -> None:
        self.open: dict[str, tuple[str, dict[str, object]]] = {}
        self.binds: dict[str, set[object]] = defaultdict(set)
        self.connects: dict[str, set[object]] = defaultdict(set)
        self.topics: dict[str, set[str]] = defaultdict(set)
        self.acting: dict[str, object] = {}

    def carry_out(self, command: Command) -> None:
        key = command.socket
        match command:
            case RenewContext():
                assert not self.open, "the context goes when its sockets are gone"
            case OpenSocket(plan=made):
                assert key not in self.open
                self.open[key] = (made.type, {**dict(made.fixed), **dict(made.live)})
            case CloseSocket():
                del self.open[key]
                for table in (self.binds, self.connects, self.topics):
                    table.pop(key, None)
            case SetOption(name=name, value=value):
                self.open[key][1][name] = value
            case Subscribe(topic=topic):
                assert key in self.open
                self.topics[key].add(topic)
            case Unsubscribe(topic=topic):
                self.topics[key].remove(topic)
            case Bind(address=address):
                assert key in self.open
                assert address not in self.binds[key]
                assert not any(self.connects[key] & {address} for key in self.connects), "binds come before connects"
                self.binds[key].add(address)
            case Unbind(address=address):
                self.binds[key].remove(address)
            case Connect(address=address):
                assert key in self.open
                assert address not in self.connects[key]
                if address.binder in self.open:
                    assert address in self.binds[address.binder]
                self.connects[key].add(address)
            case Disconnect(address=address):
                self.connects[key].remove(address)
            case StartBehaviour(behaviour=behaviour):
                assert key not in self.acting
                self.acting[key] = behaviour
            case StartProxy():
                self.acting[key] = "proxy"
            case StopBehaviour() | StopProxy():
                del self.acting[key]

    def picture(self) -> tuple[object, ...]:
        """Everything that counts in the end. Options that went back to their default count as not set."""
        return (
            {key: kind for key, (kind, _) in self.open.items()},
            {key: values for key, values in self.binds.items() if values},
            {key: values for key, values in self.connects.items() if values},
            {key: values for key, values in self.topics.items() if values},
            self.acting,
        )


def world(*documents: Document) -> World:
    made = World()
    before: Document | None = None
    for document in documents:
        for command in plan(before, document):
            made.carry_out(command)
        before = document
    return made


def kinds(commands: list[Command]) -> list[str]:
    return [f"{type(command).__name__} {command.socket}".strip() for command in commands]


def test_from_nothing() -> None:
    assert kinds(plan(None, FEED)) == [
        "RenewContext",
        "OpenSocket pub",
        "OpenSocket sub",
        "Subscribe sub",
        "Bind pub",
        "Connect sub",
        "StartBehaviour sub",
        "StartBehaviour pub",
    ]


def test_to_nothing_connecting_ends_close_first() -> None:
    assert kinds(plan(FEED, None)) == ["StopBehaviour pub", "StopBehaviour sub", "CloseSocket sub", "CloseSocket pub"]


def test_nothing_changed() -> None:
    assert plan(FEED, FEED) == []


def test_moving_and_renaming_touch_nothing() -> None:
    assert plan(FEED, FEED.with_node(replace(PUB, position=(5, 5), label="feed"))) == []


def test_a_subscription_is_changed_on_the_running_socket() -> None:
    after = FEED.with_node(replace(SUB, subscriptions=("b",)))
    assert plan(FEED, after) == [Unsubscribe("sub", "a"), Subscribe("sub", "b")]


def test_a_live_option_is_set_on_the_running_socket_and_taken_back() -> None:
    after = FEED.with_node(replace(PUB, options={"SNDHWM": 5}))
    assert plan(FEED, after) == [SetOption("pub", "SNDHWM", 5)]
    assert plan(after, FEED) == [SetOption("pub", "SNDHWM", 1000)]


def test_another_option_rebuilds_the_socket_and_whoever_connects_to_it_connects_anew() -> None:
    after = FEED.with_node(replace(PUB, options={"BACKLOG": 5}))
    assert kinds(plan(FEED, after)) == [
        "StopBehaviour pub",
        "Disconnect sub",
        "CloseSocket pub",
        "OpenSocket pub",
        "Bind pub",
        "Connect sub",
        "StartBehaviour pub",
    ]


def test_a_behaviour_is_changed_without_touching_its_socket() -> None:
    after = FEED.with_node(replace(PUB, behaviour=generate(rate=20)))
    assert kinds(plan(FEED, after)) == ["StopBehaviour pub", "StartBehaviour pub"]


def test_a_context_option_rebuilds_everything() -> None:
    commands = kinds(plan(FEED, replace(FEED, context={"IO_THREADS": 2})))
    assert commands.index("CloseSocket pub") < commands.index("RenewContext") < commands.index("OpenSocket pub")


def test_a_new_subscriber_leaves_the_rest_alone() -> None:
    after = FEED.with_node(sock("late", "SUB")).with_link(link("pub", "late"))
    assert kinds(plan(FEED, after)) == ["OpenSocket late", "Connect late", "StartBehaviour late"]


def test_an_ipv6_address_turns_ipv6_on() -> None:
    (opened,) = (
        command
        for command in plan(None, drawing(sock("a", "PULL", bind=("tcp://[::1]:*",))))
        if isinstance(command, OpenSocket)
    )
    assert ("IPV6", 1) in opened.plan.fixed


def test_each_link_over_a_free_ipc_path_has_a_path_of_its_own() -> None:
    document = drawing(
        sock("sink", "PULL"), sock("a", "PUSH"), sock("b", "PUSH"), link("a", "sink", "ipc"), link("b", "sink", "ipc")
    )
    binds = [command.address for command in plan(None, document) if isinstance(command, Bind)]
    assert len(set(binds)) == 2


def test_nodes_that_do_not_run_have_no_sockets() -> None:
    there = ExternalNode(id="there", type="PUB", bind=("tcp://127.0.0.1:7000",))
    tap = RelayNode(id="tap", listen="tcp://127.0.0.1:7001", target="tcp://127.0.0.1:7000")
    commands = plan(None, drawing(there, tap, SUB, link("there", "sub"), Link(id="x", source="there", target="gone")))
    assert kinds([c for c in commands if isinstance(c, OpenSocket | Bind | Connect)]) == [
        "OpenSocket sub",
        "Connect sub",
    ]


TYPES: list[SocketType] = ["PUB", "SUB", "PUSH", "PULL", "REQ", "REP", "ROUTER", "DEALER", "XPUB", "XSUB"]
IDS = ["a", "b", "c", "d"]
OPTIONS = st.dictionaries(st.sampled_from(["SNDHWM", "BACKLOG", "LINGER"]), st.integers(1, 3), max_size=2)


@st.composite
def documents(draw: st.DrawFn) -> Document:
    nodes: list[AnyNode] = []
    for name in draw(st.sets(st.sampled_from(IDS))):
        if draw(st.integers(0, 4)) == 0:
            nodes.append(proxy(name, "ROUTER", "DEALER"))
            continue
        binds = draw(
            st.lists(st.sampled_from(["tcp://*:*", "tcp://127.0.0.1:7777", "ipc://*"]), max_size=2, unique=True)
        )
        behaviour = draw(st.sampled_from([ECHO, generate(rate=1), generate(rate=2)]))
        topics = draw(st.sets(st.sampled_from(["", "x", "y"])))
        nodes.append(
            sock(
                name,
                draw(st.sampled_from(TYPES)),
                behaviour,
                bind=tuple(binds),
                options=draw(OPTIONS),
                subscriptions=tuple(sorted(topics)),
            )
        )
    links = []
    for number, (source, target) in enumerate(
        draw(st.lists(st.tuples(st.sampled_from(IDS), st.sampled_from(IDS)), max_size=4))
    ):
        transport = draw(st.sampled_from(["tcp", "ipc", "inproc"]))
        endpoint = draw(st.sampled_from([None, None, "tcp://127.0.0.1:8888"]))
        links.append(Link(id=f"l{number}", source=source, target=target, transport=transport, endpoint=endpoint))
    return Document(nodes=tuple(nodes), links=tuple(links), context=draw(st.sampled_from([{}, {"IO_THREADS": 2}])))


@given(st.lists(documents(), min_size=2, max_size=4))
def test_step_by_step_leads_where_a_fresh_start_leads(steps: list[Document]) -> None:
    assert world(*steps).picture() == world(steps[-1]).picture()


@given(documents(), documents())
def test_nothing_is_left_in_the_end(first: Document, second: Document) -> None:
    made = world(first, second)
    for command in plan(second, None):
        made.carry_out(command)
    assert made.open == {}
    assert made.acting == {}
