"""Documents made at random, for property tests."""

from __future__ import annotations

from typing import Any, get_args

from hypothesis import strategies as st

from zinspector.topology.document import (
    Behaviour,
    BehaviourKind,
    Document,
    ExternalNode,
    FrameTemplate,
    ImportNode,
    Link,
    ProxyNode,
    ProxySide,
    RelayNode,
    SocketNode,
    SocketType,
    SpyNode,
)

words = st.text(st.characters(codec="utf-8"), max_size=8)
names = st.text(st.characters(codec="utf-8"), min_size=1, max_size=6)
texts = st.lists(words, max_size=3).map(tuple)
types = st.sampled_from(get_args(SocketType))
options = st.dictionaries(names, st.integers(-(2**31), 2**31) | words, max_size=3)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
extras = st.dictionaries(names.map(lambda name: f"x-{name}"), json_values, max_size=2)
numbers = st.floats(-1e6, 1e6)
frames = (
    st.builds(FrameTemplate, st.sampled_from(("text", "hex", "base64", "file")), words, extras)
    | st.builds(FrameTemplate, st.just("json"), json_values, extras)
    | st.builds(FrameTemplate, st.just("size"), st.integers(0, 2**40), extras)
)
behaviours = st.builds(
    Behaviour,
    kind=st.sampled_from(get_args(BehaviourKind)),
    rate=st.none() | st.floats(0.001, 1e9) | st.integers(1, 10**9),
    count=st.none() | st.integers(0, 2**40),
    frames=st.lists(frames, max_size=3).map(tuple),
    stamp=st.booleans(),
    to=st.none() | names,
    script=st.none() | names,
    extra=extras,
)
sides = st.builds(ProxySide, types, texts, texts, options, extras)


def nodes(node_id: str) -> st.SearchStrategy[Any]:
    """A node of any kind with that id."""
    common: dict[str, Any] = {
        "id": st.just(node_id),
        "label": words,
        "position": st.tuples(numbers, numbers),
        "silenced": texts,
        "extra": extras,
    }
    return st.one_of(
        st.builds(
            SocketNode,
            type=types,
            bind=texts,
            connect=texts,
            options=options,
            subscriptions=texts,
            behaviour=behaviours,
            **common,
        ),
        st.builds(ProxyNode, frontend=sides, backend=sides, **common),
        st.builds(ExternalNode, type=st.none() | types, bind=texts, connect=texts, **common),
        st.builds(RelayNode, listen=names, target=names, **common),
        st.builds(SpyNode, connect=texts, subscriptions=st.just(("",)) | texts.filter(bool), **common),
        st.builds(ImportNode, file=names, **common),
        st.builds(ImportNode, interface=names, ports=st.lists(st.integers(1, 65535), max_size=3).map(tuple), **common),
    )


@st.composite
def documents(draw: st.DrawFn) -> Document:
    """A document whose links lead from node to node."""
    ids = draw(st.lists(names, unique=True, max_size=5))
    drawn = tuple(draw(nodes(node_id)) for node_id in ids)
    links: tuple[Link, ...] = ()
    if ids:
        link_ids = draw(st.lists(names.filter(lambda name: name not in ids), unique=True, max_size=4))
        links = tuple(draw(_link(link_id, ids)) for link_id in link_ids)
    return Document(
        name=draw(words),
        description=draw(words),
        context=draw(st.dictionaries(names, st.integers(0, 2**31), max_size=2)),
        nodes=drawn,
        links=links,
        decode=draw(texts),
        extra=draw(extras),
    )


def _link(link_id: str, ids: list[str]) -> st.SearchStrategy[Link]:
    return st.builds(
        Link,
        id=st.just(link_id),
        source=st.sampled_from(ids),
        target=st.sampled_from(ids),
        transport=words,
        endpoint=st.none() | words,
        binds=st.sampled_from(("from", "to", None)),
        extra=extras,
    )
