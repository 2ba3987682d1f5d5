"""The one error a user of export sees: a message that says what happened and what to do."""


class ExportError(Exception):
    """A style cannot be made; nothing was written. The text is complete and fit to print as it is."""
