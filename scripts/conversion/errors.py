"""Errors that can be foreseen. Uses no packages, so that get_model.py needs none."""


class ConversionError(Exception):
    """The input has a foreseeable mistake; the text is the one line the user sees."""
