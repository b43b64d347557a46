#!/bin/sh
# scale: many containers at once have a network each; many in a row leak nothing. SCALE multiplies
# both: "make check-scale".
# shellcheck source=tests/lib.sh disable=SC2154
. "${0%/*}/lib.sh"

many=$((50 * ${SCALE:-1}))
rows=$((300 * ${SCALE:-1}))
mkdir -p "$work/box/bin" "$work/box/etc"
cp /bin/busybox "$work/box/bin/"
for applet in sh sleep ip grep true; do ln -s busybox "$work/box/bin/$applet"; done
tar -C "$work/box" -czf "$work/images/box.tar.gz" .

# What may not grow with the number of starts.
counts() {
	ls "$CONTAINER_TOOLS_RUN/locks" "$CONTAINER_TOOLS_ROOT/containers" \
		"$CONTAINER_TOOLS_ROOT/names" "$CONTAINER_TOOLS_ROOT/trash" 2>/dev/null | sed '/:$/d; /^$/d' | wc -l
	ip -o link | wc -l
	nft list ruleset | wc -l
	wc -l </proc/self/mountinfo
	find /sys/fs/cgroup/*"$CONTAINER_TOOLS_CGROUP_PARENT" -mindepth 1 -type d 2>/dev/null | wc -l
	find "$CONTAINER_TOOLS_ROOT" "$CONTAINER_TOOLS_RUN" | wc -l
	set -- /proc/[0-9]*
	echo $#
}
"$top/container" run --rm box true 2>/dev/null
# The kernel takes a network apart in its own time.
no_pair() { ! ip -o link | grep -q veth; }
wait_until no_pair
counts >"$work/before"
as_before() { counts >"$work/after"; cmp -s "$work/before" "$work/after"; }
back() { wait_until as_before || { diff "$work/before" "$work/after"; false; }; }

at_once() {
	mkfifo "$work/gate"
	n=0
	while [ $((n += 1)) -le "$many" ]; do
		"$top/container" run --rm -i box sh -c 'ip -o -4 addr show dev eth0 && read -r line' \
			<"$work/gate" >"$work/said.$n" 2>&1 &
	done
	exec 9>"$work/gate"
	all_said() { [ "$(cat "$work"/said.* | grep -c 'inet 10\.')" = "$many" ]; }
	attempts=6
	until wait_until all_said; do
		[ $((attempts -= 1)) -gt 0 ] || break
	done
	exec 9>&-
	wait
	all_said || { sort "$work"/said.* | uniq -c | sort -rn | head; return 1; }
	[ "$(cat "$work"/said.* | grep -o 'inet 10[.0-9]*' | sort -u | wc -l)" = "$many" ]
}
check "$many at once run, each with an address of its own" at_once
check 'and leave nothing' back
in_a_row() {
	n=0
	while [ $((n += 1)) -le "$rows" ]; do
		"$top/container" run --rm --network none box true || return 1
	done
}
check "$rows in a row end well" in_a_row
check 'and leave nothing, either' back
done_testing
