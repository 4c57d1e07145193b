"""A line that nobody sits at."""


class Unattended:
    """Whatever it is asked, it is as if it was asked to confirm, and nobody did."""

    def confirm(self, question: str) -> bool:
        raise NotImplementedError

    def ask(self, question: str, default: str) -> str:
        self.confirm(question)
        return default

    def secret(self, question: str) -> str:
        self.confirm(question)
        return ""
