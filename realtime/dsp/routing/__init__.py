"""What stands between the effects of a rack: faders, sends, delays that hold chains together."""
