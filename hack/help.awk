# Prints the Makefile's targets by group: "##@ Group" starts one, "target: ... ## text" is a line in it.
BEGIN {
    FS = ":.*## "
    print "Usage: make TARGET [IMAGES=registry|source] [MIRROR=host/prefix] [CLUSTER=name] [KIND_CONFIG=file] [RELEASE=name] [BASE=dir NEW=dir]"
}
/^##@ / { printf "\n%s\n", substr($0, 5) }
/^[a-z-]+:.*## / { printf "  %-14s %s\n", $1, $2 }
