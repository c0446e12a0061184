"""What a module looks like that takes a blocking object when it is imported."""

from threading import Lock

lock = Lock()
