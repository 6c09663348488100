"""vocnlp reads what customers write and says why they are unhappy."""

__version__ = "0.1.0"
__all__ = ["__version__"]
