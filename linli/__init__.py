"""Linli 邻里: the platform on which a community runs itself."""

__version__ = "0.1.0"
