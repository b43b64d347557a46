#!/bin/sh
# host-probe: what is there is yes, what is taken away is no, and nothing of a try stays.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

# shellcheck disable=SC2120 # check passes arguments
probe() { "$tools/host-probe" --format '{{.Group}} {{.Name}}: {{.Value}}' "$@"; }
# finds LINE COMMAND...: COMMAND says it.
finds() {
	line=$1
	shift
	"$@" >"$work/.out" 2>"$work/.err" && grep -qxF -- "$line" "$work/.out" ||
		{ cat "$work/.out" "$work/.err"; return 1; }
}

check 'the table has titles' matches 'GROUP * NAME * VALUE*' "$tools/host-probe"
check 'namespaces are there: this test is in some' finds 'kernel mount namespaces: yes' probe
check 'so is the overlay' finds 'kernel overlay: yes' probe
check 'ip runs' finds 'network ip: yes' probe
check 'nft runs' finds 'network nft: yes' probe
check 'the table of our network is not there' finds 'network table inet container_tools: no' probe
nft add table inet container_tools
check 'or is' finds 'network table inet container_tools: yes' probe
nft delete table inet container_tools
check 'facts that are given come first' matches 'a b: c=d
kernel release: *' probe --fact a:b=c=d
check 'a fact of another form is refused' fails 125 '*--fact: a=b: not of the form*' probe --fact a=b
check 'JSON is JSON, an object a line' prints yes sh -c '"$@" | python3 -c "
import json, sys
for line in sys.stdin:
	x = json.loads(line)
	if x[\"Name\"] == \"openat2\": print(x[\"Value\"])"' sh "$tools/host-probe" --format json

bare="setpriv --bounding-set -sys_admin,-net_admin --inh-caps -sys_admin,-net_admin"
check 'without privilege there are no namespaces' finds 'kernel mount namespaces: no: Operation not permitted' \
	$bare "$tools/host-probe" --format '{{.Group}} {{.Name}}: {{.Value}}'
if unshare --user true 2>/dev/null; then
	check 'a limit on user namespaces is seen' finds 'kernel user namespaces: no: No space left on device' \
		unshare --user --map-root-user --mount sh -c 'echo 0 >/proc/sys/user/max_user_namespaces && exec "$@"' sh \
		"$tools/host-probe" --format '{{.Group}} {{.Name}}: {{.Value}}'
else
	skip 'a limit on user namespaces is seen' 'there are none here'
fi
if [ -e /proc/sys/vm/memfd_noexec ]; then
	check 'a ban of programs in memory is seen' finds 'kernel memfd programs: no: Permission denied' \
		unshare --pid --fork --mount --mount-proc sh -c 'echo 2 >/proc/sys/vm/memfd_noexec && exec "$@"' sh \
		"$tools/host-probe" --format '{{.Group}} {{.Name}}: {{.Value}}'
else
	skip 'a ban of programs in memory is seen' 'this kernel has none'
fi
hidden() {
	unshare --mount sh -c 'mount --bind /dev/null "$(readlink -f "$(command -v nft)")" && exec "$@"' sh \
		"$tools/host-probe" --format '{{.Group}} {{.Name}}: {{.Value}}'
}
check 'a program that cannot be run is seen, quietly' finds 'network nft: no: it cannot be run' hidden
check 'on standard error nothing is said' fails 0 '' hidden
groups() {
	unshare --mount sh -c 'umount -R -l /sys/fs/cgroup && exec "$@"' sh \
		"$tools/host-probe" --format '{{.Group}} {{.Name}}: {{.Value}}'
}
check 'cgroups that are not mounted are seen' finds 'cgroups version: none is mounted' groups

same() {
	for kind in mnt net ipc uts user cgroup; do readlink "/proc/$$/ns/$kind"; done
	lsns --noheadings --output NS | sort
	cut -d' ' -f4- /proc/self/mountinfo
	nft list ruleset
	ip -o link
}
same >"$work/before"
probe >"$work/.out"
same >"$work/after"
check 'afterwards all is as it was' cmp "$work/before" "$work/after"
check 'a full disk under the output is an error' fails 125 '*write: standard output: *' \
	sh -c '"$1" >/dev/full' sh "$tools/host-probe"

# ---- the verb ----
printf '[containers]\ntz = "local"\n[engine]\nruntime = "crun"\n' >"$work/one.conf"
export CONTAINERS_CONF="$work/one.conf"
: >"$CONTAINER_TOOLS_IMAGES/a.tar"
info() { "$top/container" info "$@"; }
check 'container info counts' finds 'images archives 1' info --format '{{.Group}} {{.Name}} {{.Value}}'
check 'containers' finds 'containers all 0' info --format '{{.Group}} {{.Name}} {{.Value}}'
check 'names directories' finds "directories state $CONTAINER_TOOLS_ROOT" \
	info --format '{{.Group}} {{.Name}} {{.Value}}'
check 'says what is set, and where' finds "containers.tz local $work/one.conf line 2" \
	info -f '{{.Name}} {{.Value}} {{.Source}}'
check 'in JSON, too' matches "*{\"Group\":\"settings of others\",\"Name\":\"engine.runtime\",\"Value\":\"crun\",*" \
	info --format json
check 'as tables' matches '*GROUP *NAME *SOURCE *VALUE*' info
check 'in no other form' fails 125 '*--format*' info --format '{{.Nothing}}'
printf 'tz\n' >"$work/one.conf"
check 'a broken file is named' fails 125 "conf-list: $work/one.conf: line 1: *" info

done_testing
