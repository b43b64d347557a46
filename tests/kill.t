#!/bin/sh
# kill: a SIGKILL to any process of a start, whenever another one begins, leaves nothing that the
# next command does not remove.
# shellcheck source=tests/lib.sh disable=SC2154
. "${0%/*}/lib.sh"

[ "$(uname -m)" = x86_64 ] || skip_all 'the tracer knows the registers of x86-64 only'
rootfs "$work/box"
tar -C "$work/box" -czf "$work/images/box.tar.gz" .
cc -O2 -D_GNU_SOURCE -o "$work/trace" "$top/tests/fault/trace.c" || exit 1

# One start, followed; POINT and VICTIM as the tracer has them.
start() { # [POINT VICTIM]
	timeout 20 "$work/trace" --report "$work/report" ${1:+--at "$1:start:1" --do "kill=9=$2"} -- \
		"$top/container" run --rm box true >"$work/said" 2>&1
}

# What is there after a repair. A lock file of nobody goes when it has been one for a minute.
traces() {
	touch -c -d @0 "$CONTAINER_TOOLS_RUN"/locks/* 2>/dev/null
	"$top/container" system check --repair 2>/dev/null
	ls "$CONTAINER_TOOLS_RUN/locks" "$CONTAINER_TOOLS_ROOT/containers" \
		"$CONTAINER_TOOLS_ROOT/names" "$CONTAINER_TOOLS_ROOT/trash" 2>/dev/null | sed '/:$/d; /^$/d'
	ip -o link | grep -o 'veth[0-9a-f]*'
	cut -d' ' -f5 /proc/self/mountinfo | grep "$CONTAINER_TOOLS_ROOT"
	find /sys/fs/cgroup/*"$CONTAINER_TOOLS_CGROUP_PARENT" \
		/sys/fs/cgroup"$CONTAINER_TOOLS_CGROUP_PARENT" -mindepth 1 -type d 2>/dev/null
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe" 2>/dev/null) in
		"$tools"/* | */memfd:*) echo "$process" ;;
		esac
	done
}
no_traces() { [ -z "$(traces)" ]; }

# killed VICTIM: at the beginning of each image of the start in turn.
killed() {
	bad=0
	for point in $points; do
		start "$point" "$1"
		grep -q '^hit' "$work/report" || continue
		hits=$((hits + 1))
		if grep '^left' "$work/report"; then
			echo "processes stay: $1 killed as $point began"
			bad=1
		fi
		wait_until no_traces || { echo "$1 killed as $point began: $(traces)"; bad=1; }
	done
	[ "$bad" = 0 ]
}

start && start || { echo 'Bail out! the start fails by itself'; exit 1; }
points=$(sed -n 's/^\([a-z-]*\) \([0-9]*\) start$/\1:\2/p' "$work/report")
hits=0
check 'the front' killed main
check 'the supervisor' killed ns-exec:1
check 'the guard' killed ns-exec:2
check 'the first process of the container' killed ns-exec:3
themselves() {
	bad=0
	for point in $points; do
		start "$point" "$point"
		if grep '^left' "$work/report"; then bad=1; fi
		wait_until no_traces || { echo "$point: $(traces)"; bad=1; }
	done
	[ "$bad" = 0 ]
}
check 'each program as it begins' themselves
enough() { [ "$hits" -gt 15 ] || { echo "$hits"; false; }; }
check 'the victims were there to be killed' enough

# A program that has cleared its parent-death signal, by a change of its user.
changed() {
	"$top/container" run --rm --user 1000 --network none box sh -c 'echo up; sleep 1000' >"$work/up" &
	front=$!
	wait_until grep -q up "$work/up"
	kill -9 "$front"
	wait "$front" 2>/dev/null
	wait_until sh -c '! pgrep -fx "sleep 1000" >/dev/null' && wait_until no_traces
}
check 'a program of another user ends with the front' changed

# Several at once, at times by chance.
crowd() {
	for round in 1 2 3; do
		fronts=
		for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
			"$top/container" run --rm box sleep 1000 >/dev/null 2>&1 &
			fronts="$fronts $!"
		done
		busybox usleep $((round * 250000))
		# shellcheck disable=SC2086 # numbers
		kill -9 $fronts
		# shellcheck disable=SC2086
		wait $fronts 2>/dev/null
		wait_until no_traces || { traces; return 1; }
	done
}
check 'twenty fronts at once, while they start' crowd
done_testing
