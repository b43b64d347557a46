#!/bin/sh
# state-sweep: what killed commands left is put in order, what lives is left alone.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a) b=$(id b) c=$(id c) d=$(id d) e=$(id e)
snapshot() {
	find "$state" "$CONTAINER_TOOLS_RUN" ! -type d -printf '%p %l %s %i\n' | sort
}

check 'there is nothing to do where nothing is' prints '' job sweep

hold "$a" --name live
new "$b" --name dead
new "$c" --name throwaway --remove
mkdir -p "$state/containers/$d.new" "$state/trash/$e/deep/er" "$state/names"
echo "$d" >"$state/names/dangling"
: >"$state/names/empty"
: >"$locks/$e"
touch -d '2 minutes ago' "$locks/$e"
snapshot >"$work/before"
check '--dry-run says all of it and fails' fails 125 "*would have *" job sweep --dry-run
sort "$work/.err" >"$work/said"
snapshot >"$work/after"
check '--dry-run changes nothing' succeeds diff "$work/before" "$work/after"
check 'what was said is one line each' prints \
"state-sweep: would have deleted $e: it was left in the trash
state-sweep: would have ended dead ($b): its supervisor was killed
state-sweep: would have ended throwaway ($c): its supervisor was killed
state-sweep: would have freed the name dangling: its container is not there
state-sweep: would have freed the name empty: it is damaged
state-sweep: would have removed the half-made $d: its maker was killed
state-sweep: would have removed the lock of $e: there is no such container" cat "$work/said"
check 'without it, that is done' fails 0 "*ended dead ($b): its supervisor was killed*" job sweep
check 'and is not found again' prints '' job sweep --dry-run
check 'the dead one ended as killed' prints 137 value "$b" exit-code
check 'it keeps its name' prints "$b" cat "$state/names/dead"
check 'the rest is gone' absent "$state/containers/$c" "$state/names/throwaway" \
	"$state/containers/$d.new" "$state/names/dangling" "$state/names/empty" "$state/trash/$e" \
	"$locks/$b" "$locks/$c" "$locks/$e"
check 'the one that lives has its lock' test -e "$locks/$a"
check 'and was not ended' absent "$state/containers/$a/finished"
let_go "$a"

forget
: >"$locks/$d"
check 'a lock that was opened just now is left' prints '' job sweep --dry-run
check 'it is still there' test -e "$locks/$d"
forget

# The machine restarts: no lock is left.
ended "$b" 3 --name two
new "$a" --name one
new "$c" --name three --remove
rm -rf "$locks"
check 'after a restart, what did not end is ended' \
	fails 0 "*ended one ($a): *" job sweep
check 'as killed' prints 137 value "$a" exit-code
check 'what had ended stays as it was' prints 3 value "$b" exit-code
check 'what was to be removed is' absent "$state/containers/$c" "$state/names/three"
check 'no lock is left' sh -c '[ ! -e "$1" ] || rmdir "$1"' sh "$locks"
mkdir -p "$locks"
forget

# Two at once: each thing is done once.
for i in 0 1 2 3 4 5 6 7 8 9; do new "$(id $i)" --name "n$i"; done
two_at_once() {
	job sweep 2>"$work/first" &
	job sweep 2>"$work/second"
	wait
	cat "$work/first" "$work/second"
	[ "$(cat "$work/first" "$work/second" | wc -l)" = 10 ]
}
check 'of two that sweep at once, each container is ended by one' two_at_once
forget

new "$a" --name one
mkdir -p "$state/trash/$b"
deleting() {
	flock "$state/trash/$b" "$tools/state-sweep" --root "$state" --run "$CONTAINER_TOOLS_RUN"
}
check '--locks looks at the locks only' fails 0 "state-sweep: ended one ($a): *" job sweep --locks
check 'so what is in the trash is still there' test -d "$state/trash/$b"
check 'what somebody is deleting is left to them' prints '' deleting
check 'so it is still there' test -d "$state/trash/$b"
job sweep 2>/dev/null

# What nobody made: names that are no files, files where directories should be.
ln -s /etc/passwd "$state/names/strange"
: >"$state/containers/$c"
ln -s /etc "$state/containers/$d"
ln -s /etc/passwd "$locks/$e"
mkdir "$locks/$b"
check 'what is strange is left alone' succeeds job sweep
check 'and nothing was followed' test -e /etc/passwd

done_testing
