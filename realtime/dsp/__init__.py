"""Kernels: one sound idea a file."""
