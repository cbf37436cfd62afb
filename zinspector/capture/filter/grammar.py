"""The grammar of display filters, and what its parts are called when somebody is told what was expected."""

from __future__ import annotations

from typing import Final

GRAMMAR: Final = r"""
?start: either
?either: both (OR both)*
?both: denied (AND denied)*
?denied: NOT denied -> negated
       | "(" either ")"
       | test
test: field                                      -> exists
    | field COMPARE value                        -> compared
    | field MATCHES STRING                       -> matched
    | field IN "{" value ("," value)* ","? "}"   -> among
field: NAME step*
step: "." (NAME | STRING) | "[" INT "]"
value: INT | NUMBER | STRING | BYTES | TRUE | FALSE | NULL

OR.3: /\|\||or\b/i
AND.3: /&&|and\b/i
NOT.3: /!(?!=)|not\b/i
IN.3: /in\b/i
COMPARE.3: /==|!=|<=|>=|<|>|contains\b|startswith\b/
MATCHES.3: /matches\b|~/
TRUE.3: /true\b/
FALSE.3: /false\b/
NULL.3: /null\b/
BYTES.2: /x"[^"]*"|x'[^']*'/
STRING: /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/s
NUMBER.1: /-?(?:0[xX][0-9a-fA-F]+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?:[KMG]i|[kKMG])?B?\b/
INT.2: /-?\d+(?![\w.])/
NAME: /[^\W\d](?:\w|-(?=\w))*/
%ignore /\s+/
"""

WORDS: Final = {
    "NAME": "a field",
    "STRING": "text in quotes",
    "BYTES": 'bytes such as x"00ff"',
    "NUMBER": "a number",
    "INT": "a number",
    "COMPARE": "a comparison (== != < <= > >= contains startswith matches)",
    "MATCHES": "a comparison (== != < <= > >= contains startswith matches)",
    "IN": "'in {...}'",
    "OR": "'or'",
    "AND": "'and'",
    "NOT": "'not'",
    "TRUE": "'true'",
    "FALSE": "'false'",
    "NULL": "'null'",
    "LPAR": "'('",
    "RPAR": "')'",
    "LBRACE": "'{'",
    "RBRACE": "'}'",
    "LSQB": "'['",
    "RSQB": "']'",
    "COMMA": "','",
    "DOT": "'.'",
    "$END": "the end",
}

BESIDE_A_COMPARISON: Final = {"RPAR", "DOT", "LSQB", "NOT"}


def words(terminals: set[str]) -> str:
    """What could stand there, in words."""
    if "COMPARE" in terminals:
        terminals = terminals - BESIDE_A_COMPARISON
    order = list(dict.fromkeys(WORDS.values()))
    told = sorted({WORDS.get(name, name) for name in terminals}, key=order.index)
    return " or ".join(filter(None, (", ".join(told[:-1]), *told[-1:])))
