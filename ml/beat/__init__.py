"""Tempo and beat of what is sung or tapped, and notes put into time by them. [ears]"""
