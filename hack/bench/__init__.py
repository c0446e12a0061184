"""`make bench`: which worker when, measured in the cluster.

matrix     what is measured: workloads, flavours, and how often, as data
plan       in which order, and how long that takes, known before it starts
deploy     the releases, the other service and the load pod
session    the load pod: runs of loadproof, idle connections
pod        what a pod's own cgroup says
measure    one run of each kind
store      what was measured, kept so that an interrupted benchmark goes on
results    all of it together: medians, spreads, ratios
statistics the arithmetic
claims     what was published, and what our numbers say about it
table      the README's tables, from the committed results
report     the page with the plots
second     one cell again, by vegeta
command    the step behind the Makefile
"""
