"""The display filter: `topic == "weather.london" and json.temperature > 20`, over the rows of a capture.

`display.Filter` is the door. From text to rows: `grammar` and `literals` say what is written, `fields` what there is
to compare, `reading` makes the `tree`, `numbers` compares numbers and `sql` makes DuckDB's conditions of the rest,
`frames`, `topic_words` and `utf8` lay the frames of a batch open, and `evaluate` puts it all together, with what `kept`
remembers. `completion` helps while somebody types.
"""
