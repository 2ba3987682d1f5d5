"""The one error a user of train sees: a message that says what happened and what to do."""


class TrainError(Exception):
    """Training cannot start or go on; the text is complete and fit to print as it is."""
