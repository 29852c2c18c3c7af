"""The door between engine and app: what is said, what is seen, who may come in. Faces enter by `realtime.client`."""
