#!/bin/sh
# state-remove: containers that have ended are removed, those that run only by force.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a1) b=$(id a2) c=$(id c)

ended "$a" 0 --name web
check 'a container is removed by its name, which is printed' prints web job remove web
check 'nothing is left of it' all_gone
ended "$a" 0 --name web
check 'by its ID' prints "$a" job remove "$a"
ended "$a" 0 --name web
check 'by the beginning of its ID' prints a1 job remove a1
check 'nothing is left' all_gone
ended "$a" 0 --name one
ended "$b" 0 --name two
ended "$c" 0 --name three
check 'a beginning of two is refused' fails 125 '*several IDs begin so*' job remove a
check 'one that is missing is an error' fails 125 '*no such container' job remove one nowhere two
cp "$work/.out" "$work/said"
check 'but the others are removed' prints 'one
two' cat "$work/said"
check '--force does not mind that it is missing' prints '' job remove --force nowhere
ended "$a" 0 --name c
check 'a name comes before the beginning of an ID' prints c job remove c
check 'the other one is there' prints three value "$c" name
for strange in '' ../containers . .. / "$state" '*' 'a b' "../../names/three"; do
	check "\"$strange\" is no container" fails 125 '*no such container' job remove "$strange"
done
forget

new "$a" --name dead
check 'one whose supervisor was killed is removed' prints dead job remove dead
check 'nothing is left' all_gone

# A script as the verb "run" is one: it waits for its program, then ends the container.
start() {
	(
		one=$1
		shift
		exec 8>"$locks/$one"
		job new --id "$one" --lock-fd 8 "$@" || exit
		sleep 1000 8>&- &
		echo "$!" >"$state/containers/$one/pid"
		[ -z "$group" ] || echo "$!" >"$hierarchy$group/cgroup.procs"
		echo >"$work/started.$one"
		wait "$!"
		job end --id "$one" --lock-fd 8 --exit-code "$?"
	) &
	wait_until test -e "$work/started.$one"
	rm "$work/started.$one"
}
group=
one=$a start "$a" --name live
check 'one that runs is refused, with a hint' fails 125 '*live: it is running; *--force' job remove live
check 'it is still there' prints live value "$a" name
check 'a program that got its number later is not killed' fails 125 '*does not end' sh -c '
	touch -d "1 hour ago" "$1/pid" && shift && timeout 20 "$@"' sh "$state/containers/$a" \
	"$tools/state-remove" --root "$state" --run "$CONTAINER_TOOLS_RUN" --force live
touch "$state/containers/$a/pid"
check '--force kills its first process, where it has no cgroup' prints live job remove --force live
check 'nothing is left' all_gone
one=$b start "$b" --name live --remove
check '--force and its own script may both remove it' prints live job remove --force live
check 'nothing is left then' all_gone
wait

group=$CONTAINER_TOOLS_CGROUP_PARENT/$a
hierarchy=$(findmnt -n -o TARGET -t cgroup2 | head -n 1)
[ -n "$hierarchy" ] || hierarchy=$(findmnt -n -o TARGET -t cgroup | head -n 1)
if [ -n "$hierarchy" ] && mkdir -p "$hierarchy$group" 2>/dev/null; then
	one=$a start "$a" --name live --cgroup "$group"
	echo 1 >"$state/containers/$a/pid"
	check '--force kills what is in its cgroup' prints live job remove --force live
	check 'the cgroup is gone' absent "$hierarchy$group"
	check 'nothing is left of it' all_gone
else
	skip '--force kills what is in its cgroup' 'no cgroup hierarchy can be written'
fi
wait

ended "$a" 0 --name raced
ten_at_once() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do job remove --force raced >/dev/null & done
	wait
	all_gone
}
check 'ten at once remove it together' ten_at_once

done_testing
