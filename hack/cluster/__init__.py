"""The kind cluster: what state it is in, and how to bring it to healthy from each."""
