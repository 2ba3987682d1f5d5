"""The errors that users of nst-train and nst-paint see: one line that says what happened and what to do."""


class TrainError(Exception):
    """Training or painting cannot start or continue. The text is complete and can be printed as it is; exit code 1."""


class UsageError(TrainError):
    """The command line itself is wrong, whatever the files hold; exit code 2."""


class NotFiniteError(TrainError):
    """A loss or a gradient is not finite; every process of a training finds that at the same step."""
