#!/bin/sh
# state-find: the ID of a running container and the PID of its first process, never another's.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a) b=$(id ab)
hold "$a" --name web
sleep 1000 &
sleeper=$!
echo "$sleeper" >"$state/containers/$a/pid"
check 'found by its name' prints "$a $sleeper" job find web
check 'by its ID' prints "$a $sleeper" job find "$a"
check 'by the beginning of its ID' prints "$a $sleeper" job find "a0"
ended "$b" 0 --name gone
check 'a beginning of two IDs is refused' fails 125 '*several*' job find a
check 'one that has ended is refused' fails 125 '*gone*does not run*hint*' job find gone
check 'one that is not there is refused' fails 125 '*nosuch*no such container*hint*' job find nosuch
touch -d '1 hour ago' "$state/containers/$a/pid"
check 'a process that got its number later is not it' fails 125 '*web*does not run*' job find web
echo "$sleeper" >"$state/containers/$a/pid"
kill "$sleeper"
wait "$sleeper" 2>/dev/null
check 'nor one that has ended' fails 125 '*web*does not run*' job find web
for wrong in '' 0 1 -1 12x 99999999999; do
	echo "$wrong" >"$state/containers/$a/pid"
	check "the number \"$wrong\" is none" fails 125 '*web*does not run*' job find web
done
rm "$state/containers/$a/pid"
check 'one that has not started has no process' fails 125 '*web*does not run*' job find web
check 'two containers are misuse' fails 125 '*usage*' job find web gone
let_go "$a"
check 'one whose supervisor has gone is refused' fails 125 '*web*does not run*' job find web
done_testing
