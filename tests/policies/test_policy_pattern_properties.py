"""Wildcards agree with their definition, and large policies with their statements."""

from hypothesis import given
from hypothesis import strategies as st

from vpce_policies.patterns import compile_pattern, parse


def matches_by_definition(pattern: str, text: str) -> bool:
    """The textbook table: reached[j] says whether the pattern so far matches the first j characters."""
    reached = [True] + [False] * len(text)
    for symbol in pattern:
        if symbol == "*":
            for j in range(1, len(text) + 1):
                reached[j] = reached[j] or reached[j - 1]
        else:
            reached = [False, *(reached[j] and symbol in ("?", text[j]) for j in range(len(text)))]
    return reached[-1]


@given(pattern=st.text("ab\n*?", max_size=12), text=st.text("ab\n*", max_size=14))
def test_wildcards_match_what_their_definition_says(pattern, text):
    assert compile_pattern(parse(pattern, variables=False))(text) is matches_by_definition(pattern, text)


@given(pattern=st.text(max_size=12), text=st.text(max_size=14))
def test_any_text_is_a_pattern(pattern, text):
    assert compile_pattern(parse(pattern, variables=False))(text) is matches_by_definition(pattern, text)


@given(text=st.text("ab*?${}", max_size=20))
def test_every_text_can_be_written_so_that_it_matches_itself(text):
    spelt = "".join({"*": "${*}", "?": "${?}", "$": "${$}"}.get(character, character) for character in text)
    assert compile_pattern(parse(spelt, variables=True))(text)
