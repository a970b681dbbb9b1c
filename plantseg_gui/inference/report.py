"""What had to be changed on the way to a result, for the status bar and the prediction."""

from collections.abc import Callable


class Reporter:
    """Collects sentences, each once, and passes them on as they come.

    Args:
        notify: Told of each new sentence; called in the thread that started the job.
    """

    def __init__(self, notify: Callable[[str], None] | None = None) -> None:
        self.sentences: list[str] = []
        self._notify = notify

    def __call__(self, text: str) -> None:
        """Report one sentence."""
        if text in self.sentences:
            return
        self.sentences.append(text)
        if self._notify is not None:
            self._notify(text)
