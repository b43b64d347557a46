#!/bin/sh
# state-end: how a container ended is written down, or the container removed.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a) b=$(id b) c=$(id c)
end() {
	( exec 8>"$locks/$1"; job end --id "$1" --lock-fd 8 --exit-code "$2" ${3+"$3"} )
}

new "$a" --name web --image x
check 'a container ends' succeeds end "$a" 3
check 'its exit code is a value' prints 3 value "$a" exit-code
check 'it knows when it ended' matches '20??-??-??T??:??:??.?????????Z' value "$a" finished
check 'it stays, with its name' prints "$a" cat "$state/names/web"
check 'its lock is gone' absent "$locks/$a"

new "$b" --name gone --remove
check 'one that is to be removed ends' succeeds end "$b" 0
check 'nothing is left of it' prints '' sh -c 'find "$1" -name "*gone*" -o -name "$2"' sh "$work" "$b"
new "$b" --name gone
check 'the script can say so, too' succeeds end "$b" 0 --remove
check 'then nothing is left either' prints '' sh -c 'find "$1" -name "*gone*" -o -name "$2"' sh "$work" "$b"
check 'a container that is not there is an error' fails 125 '*open the container: *No such file*' end "$c" 0
rm -f "$locks/$c"
check 'an exit code above 255 is an error' fails 125 '*--exit-code*' end "$a" 256

hold "$c" --name live
check 'a lock that is held is an error' fails 125 '*another process holds the lock*' end "$c" 0
new "$b" --name left
new "$(id d)" --name last
check 'it ends what others left, and says so' \
	fails 0 "state-end: ended left ($b): its supervisor was killed" end "$(id d)" 0
check 'as killed' prints 137 value "$b" exit-code
check 'without its lock' absent "$locks/$b"
check 'it leaves alone what lives' absent "$state/containers/$c/finished"
let_go "$c"
forget

# ---- cgroups ----
group=$CONTAINER_TOOLS_CGROUP_PARENT/$a
hierarchy=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
[ -n "$hierarchy" ] || hierarchy=$(findmnt -n -o TARGET -t cgroup | head -n 1)
if [ -n "$hierarchy" ] && mkdir -p "$hierarchy$group/below" 2>/dev/null; then
	new "$a" --cgroup "$group"
	check 'a container with a cgroup ends' succeeds end "$a" 0
	check 'the cgroup is gone, with those below it' absent "$hierarchy$group"
	sleep 1000 &
	sleeper=$!
	mkdir -p "$hierarchy$group"
	echo "$sleeper" >"$hierarchy$group/cgroup.procs"
	new "$b" --cgroup "$group" --remove
	check 'a process that is still in its cgroup is killed' succeeds end "$b" 0
	wait "$sleeper" 2>/dev/null
	check 'the process has been killed' test $? = 137
	check 'and the cgroup is gone' absent "$hierarchy$group"
	# As cg-exec leaves them: in every hierarchy, the freezer's too.
	"$tools/cg-exec" --group "$group" --pids 10 -- sh -c 'sleep 1000 & exec sleep 1001' &
	sleeper=$!
	wait_until sh -c 'pgrep -f "^sleep 1000" && pgrep -f "^sleep 1001"' >/dev/null
	freezer=/sys/fs/cgroup/freezer$group/freezer.state
	if [ -e "$freezer" ]; then echo FROZEN >"$freezer"; else echo 1 >"$hierarchy$group/cgroup.freeze"; fi
	new "$b" --cgroup "$group" --remove
	check 'processes that are frozen are killed' succeeds end "$b" 0
	wait "$sleeper" 2>/dev/null
	check 'every one' exits 1 pgrep -f '^sleep 100'
	check 'and the cgroups are gone' prints '' find /sys/fs/cgroup -path "*$group*"
else
	skip 'its cgroup is removed' 'no cgroup hierarchy can be written'
fi
forget

# ---- what a container may leave: an attacker's tree ----
new "$a" --name evil --remove
upper=$state/containers/$a/upper
mkdir -p "$upper/locked" "$upper/sticky" "$work/canary/below" "$upper/mount"
echo safe >"$work/canary/file"
ln -s "$work/canary" "$upper/to-directory"
ln -s "$work/canary/file" "$upper/to-file"
ln -s / "$upper/to-root"
ln "$work/canary/file" "$upper/hard"
mkfifo "$upper/fifo"
mknod "$upper/null" c 1 3
: >"$upper/locked/file" && chown 1000 "$upper/locked/file" "$upper/locked"
: >"$upper/sticky/file" && chown 1000 "$upper/sticky" && chmod 1000 "$upper/sticky"
chmod 000 "$upper/locked"
: >"$upper/$(printf 'line\nand\033esc')"
: >"$upper/-rf"
: >"$upper/..."
python3 -c '
import os, sys
os.chdir(sys.argv[1])
for i in range(5000):
	os.mkdir("deeper-and-deeper"); os.chdir("deeper-and-deeper")
open("file", "w").close()
os.chdir(sys.argv[1] + "/..")
os.mkdir("wide"); os.chdir("wide")
for i in range(3000):
	open("%d" % i, "w").close()
' "$upper"
few_fds() {
	( prlimit --pid "$(exec sh -c 'echo $PPID')" --nofile=32; exec 8>"$locks/$a"; job end --id "$a" --lock-fd 8 --exit-code 0 )
}
check 'a tree of 5,000 levels and of any mode is removed, with few fds' succeeds few_fds
check 'nothing is left of it' all_gone
check 'what its links led to is still there' prints 'safe' cat "$work/canary/file"
check 'and the directory that one led to' test -d "$work/canary/below"

new "$a" --name mounted --remove
mkdir -p "$state/containers/$a/root" "$state/containers/$a/upper"
: >"$state/containers/$a/upper/file"
mount --bind "$work/canary" "$state/containers/$a/root"
check 'what is mounted below it is said, and not touched' \
	fails 125 'state-end: *something is mounted there' end "$a" 0
check 'what was mounted is as it was' prints 'safe' cat "$work/canary/file"
check 'all the rest is gone' prints "$state/trash/$a/root" find "$state/trash/$a" -mindepth 1 -maxdepth 1
umount "$state/trash/$a/root"
check 'its name is free' absent "$state/names/mounted"
forget

# ---- killed anywhere ----
killed_at() {
	( exec 8>"$locks/$a"
	exec strace -qq -o /dev/null -e "inject=$1:signal=KILL:when=$2" \
		"$tools/state-end" --root "$state" --run "$CONTAINER_TOOLS_RUN" --id "$a" --lock-fd 8 \
		--exit-code 5 ) 2>/dev/null
}
# The next command ends it, unless that was done.
repaired() {
	ended "$b" 0 --remove --name other && [ ! -e "$locks/$a" ] && case $(value "$a" exit-code) in 5 | 137) ;;
	*) false ;; esac && [ -e "$state/containers/$a/finished" ]
}
if strace -qq -o /dev/null true 2>/dev/null; then
	for call in flock openat write renameat unlinkat; do
		for when in 1 2 3 4; do
			new "$a" --name web
			killed_at "$call" "$when"
			[ $? = 137 ] || { forget; break; }
			check "killed in $call number $when, the container is ended by the next" succeeds repaired
			forget
		done
	done
else
	skip 'killed anywhere, it is repaired' 'strace cannot trace here'
fi

done_testing
