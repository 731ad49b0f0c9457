"""What goes wrong in a foreseeable way. Without any package, so that get_model.py needs none."""


class ConversionError(Exception):
    """Something foreseeable is wrong with the input; the text is the one line the user sees."""
