"""Pieces that components are made of."""
