"""One command line as IOS reads it: keywords in any case, cut short as long as one meaning is left."""

import re
from collections.abc import Iterable


class Refused(Exception):
    """The line is answered with this text."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class Invalid(Exception):
    """`position`: where in the line the marker stands."""

    def __init__(self, position: int) -> None:
        super().__init__(position)
        self.position = position


class Incomplete(Exception):
    pass


class Ambiguous(Exception):
    pass


class Help(Exception):
    """What could stand at the place of the question mark."""

    def __init__(self, choices: Iterable[str]) -> None:
        super().__init__()
        self.choices = sorted(set(choices))


class Words:
    """A cursor. A command reads all its words, and end(), before it does anything: a question mark
    only gets as far as that. `asking`: the line is what stands before a question mark."""

    def __init__(self, line: str, asking: bool = False) -> None:
        self.line = line
        self._found = [(found.start(), found[0]) for found in re.finditer(r"\S+", line)]
        self._at = 0
        self.asking = asking
        self._open_word = asking and bool(line) and not line[-1].isspace()

    @property
    def count(self) -> int:
        return len(self._found)

    @property
    def more(self) -> bool:
        """Whether words are left; with a question mark, the last place has to be looked at too."""
        return self._at < len(self._found)

    @property
    def position(self) -> int:
        return self._found[self._at][0] if self.more else len(self.line)

    def peek(self) -> str:
        return self._found[self._at][1] if self.more else ""

    def _next(self, choices: Iterable[str]) -> str:
        if not self.more:
            if self.asking:
                raise Help(choices)
            raise Incomplete
        word = self.peek()
        if self._open_word and self._at == len(self._found) - 1:
            raise Help(choice for choice in choices if choice.startswith(word.lower()))
        self._at += 1
        return word

    def _back(self) -> Invalid:
        self._at -= 1
        return Invalid(self.position)

    def keyword(self, *choices: str) -> str:
        """The choice that is meant. What is no keyword, but only stands in the help, is in capitals
        or brackets and never meant."""
        word = self._next(choices).lower()
        able = [choice for choice in choices if choice.startswith(word)]
        if word in able or len(able) == 1:
            return word if word in able else able[0]
        if able:
            raise Ambiguous
        wrong = self._back()
        # The marker stands under the first letter that fits nothing.
        wrong.position += max((_common(word, choice) for choice in choices), default=0)
        raise wrong

    def maybe(self, *choices: str) -> str:
        """The same, or "" where the next word is none of them."""
        if self.asking and not self.more:
            raise Help([*choices, "<cr>"])
        word = self.peek().lower()
        if not word or not any(choice.startswith(word) for choice in choices):
            return ""
        return self.keyword(*choices)

    def word(self, what: str = "WORD") -> str:
        return self._next([what])

    def number(self, low: int, high: int) -> int:
        word = self._next([f"<{low}-{high}>"])
        if not re.fullmatch(r"\d{1,10}", word) or not low <= int(word) <= high:
            raise self._back()
        return int(word)

    def matching(self, what: str, pattern: str) -> str:
        word = self._next([what])
        if not re.fullmatch(pattern, word):
            raise self._back()
        return word

    def wrong(self) -> Invalid:
        """For a word just read that turned out to mean nothing."""
        return self._back()

    def rest(self) -> str:
        if self.asking:
            raise Help(["LINE"])
        text = self.line[self.position:].rstrip()
        self._at = len(self._found)
        return text

    def end(self) -> None:
        if self.more:
            raise Invalid(self.position)
        if self.asking:
            raise Help(["<cr>"])


def _common(one: str, other: str) -> int:
    length = 0
    while length < min(len(one), len(other)) and one[length] == other[length]:
        length += 1
    return length


def complaint(error: Exception, line: str, indent: int | None) -> str:
    """What IOS prints for a line that it does not understand. `indent`: the width of the prompt that
    the echoed line stands behind; None where nothing is echoed."""
    if isinstance(error, Invalid):
        column = error.position + (indent or 0)
        return " " * column + "^\n% Invalid input detected at '^' marker.\n\n"
    if isinstance(error, Incomplete):
        return "% Incomplete command.\n\n"
    if isinstance(error, Ambiguous):
        return f'% Ambiguous command:  "{line}"\n'
    assert isinstance(error, Refused)
    return error.text
