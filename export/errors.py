"""The error that users of nst-export and nst-eval see: one line that says what happened and what to do."""


class ExportError(Exception):
    """A style cannot be made or measured. The text is complete and can be printed as it is."""
