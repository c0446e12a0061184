"""The Docker engine: find a working one, or install and start one."""
