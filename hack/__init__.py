"""What the Makefile calls: engine, images, cluster, add-ons, releases, load runs. `python -m hack --help` lists the steps."""
