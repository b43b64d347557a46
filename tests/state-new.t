#!/bin/sh
# state-new: a container is written down, complete, under a name of its own.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a) b=$(id b) c=$(id c)

check 'a container is made' succeeds new "$a" --name web --image busybox --cgroup /x/"$a" \
	-- --rm=true -- busybox sh -c 'echo  "$1"' 'a
b'
check 'its name is a value' prints web value "$a" name
check 'its image is a value' prints busybox value "$a" image
check 'its cgroup is a value' prints "/x/$a" value "$a" cgroup
check 'its command is what follows the image' prints 'sh -c echo  "$1" a
b' value "$a" command
check 'it knows when it was made, in UTC' matches '20??-??-??T??:??:??.?????????Z' value "$a" created
check 'the words survive as they are' prints '--rm=true|--|busybox|sh|-c|echo  "$1"|a
b|' sh -c 'tr "\\0" "|" <"$1"' sh "$state/containers/$a/arguments"
check 'it is not to be removed unless told so' absent "$state/containers/$a/remove"
check 'its name leads to it' prints "$a" cat "$state/names/web"
check 'nobody else may look at it' prints '700 600' sh -c \
	'echo $(stat -c %a "$1" "$1/name")' sh "$state/containers/$a"
check 'nothing else is there' prints "$a" ls "$state/containers"

check 'without an image the command is where it is said to be' succeeds new "$c" --words 3 --command-at 2 \
	-- --rootfs=/x -- echo more words
check 'and the words are as many as are said' prints 'echo --rootfs=/x|--|echo|' sh -c \
	'echo "$(cat "$1/command") $(tr "\0" "|" <"$1/arguments")"' sh "$state/containers/$c"
rm -rf "$state/containers/$c" "$state/names" "${locks:?}/$c"
rm -rf "$state/containers/$a"
check 'the name of a container that is gone is free' succeeds new "$b" --name web --remove
check '--remove is a value' test -e "$state/containers/$b/remove"
check 'a container that was to be removed, and whose script was killed, makes room' \
	fails 0 "state-new: ended web ($b): its supervisor was killed" new "$c" --name web
check 'that one is gone, and its lock' absent "$state/containers/$b" "$locks/$b"
check 'the name is the new one'\''s' prints "$c" cat "$state/names/web"
check 'the name of one that has ended is in use: the message says by which, and how to free it' \
	fails 125 "*take the name: web: in use by container $c*hint: container rm web *" \
	new "$a" --name web
check 'that one was ended first, as killed' prints 137 value "$c" exit-code
check 'nothing is left of what was refused' absent "$state/containers/$a" "$locks/$a"

d=$(id d)
hold "$d" --name live
check 'the name of one that lives is in use' \
	fails 125 "*in use by container $d*hint: container rm --force live *" new "$a" --name live
check 'nor is that one touched' prints "$d" cat "$state/names/live"
check 'a lock that another process holds is refused' \
	fails 125 '*lock: *another process holds the lock*' new "$d" --name other
let_go "$d"
making() {
	echo "$b" >"$state/names/making"
	flock "$locks/$b" "$@"
}
check 'the name of one that is just being made is in use' fails 125 "*in use by container $b*" \
	making sh -c 'exec 8>"$1"; shift; "$@"' sh "$locks/$a" "$tools/state-new" --root "$state" \
	--run "$CONTAINER_TOOLS_RUN" --id "$a" --lock-fd 8 --name making

check 'an fd that is not the lock file is refused' fails 125 '*not the lock file*' \
	sh -c 'exec 8>"$1"; shift; "$@"' sh "$work/some" \
	"$tools/state-new" --root "$state" --run "$CONTAINER_TOOLS_RUN" --id "$a" --lock-fd 8
check 'a lock file that was removed and made again is not taken for ours' fails 125 '*not the lock file*' \
	sh -c 'exec 8>"$1"; rm "$1"; : >"$1"; shift; "$@"' sh "$locks/$a" \
	"$tools/state-new" --root "$state" --run "$CONTAINER_TOOLS_RUN" --id "$a" --lock-fd 8
check 'a second container of the same ID is refused' fails 125 '*there is one of this ID*' new "$d"

mkdir -p "$state/names" && : >"$state/names/damaged"
check 'a name that the loss of power damaged is free' succeeds new "$(id e)" --name damaged

for name in '' . .. -x _x a/b ../x 'a b' 'ä' "$(head -c 129 /dev/zero | tr '\0' x)"; do
	check "\"$name\" is no name" fails 125 '*--name: *not a name*' new "$a" --name "$name"
done
for bad in '' / x ../x /x/../y /x//y; do
	check "\"$bad\" is no cgroup" fails 125 '*--cgroup: *' new "$a" --cgroup "$bad"
done
mkdir -m 777 "$work/open"
check 'a directory that others may write to is refused' fails 125 '*others may write*' \
	"$tools/state-new" --root "$work/open" --run "$CONTAINER_TOOLS_RUN" --id "$a" --lock-fd 8
check 'a directory of somebody else is refused' fails 125 '*belongs to user 1000*' sh -c \
	'chmod 755 "$1" && chown 1000 "$1" && shift && "$@"' sh "$work/open" \
	"$tools/state-list" --root "$work/open" --run "$CONTAINER_TOOLS_RUN"
for bad in "${a%?}" "${a}0" "${a%?}A" "${a%?}g" "../${a#???}" ''; do
	check "\"$bad\" is no ID" fails 125 '*--id: *not an ID*' \
		job new --id "$bad" --lock-fd 8
done

forget
# As hold, but those that lose end at once.
contend() {
	mkfifo "$work/hold.$1"
	(
		one=$1
		shift
		exec 8>"$locks/$one"
		job new --id "$one" --lock-fd 8 "$@" || exit
		read -r _ <"$work/hold.$one"
	)
}
twenty_at_once() {
	for i in 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29; do
		contend "$(id $i)" --name wanted 2>>"$work/race" >/dev/null &
	done
	wait_until sh -c '[ "$(grep -c "in use by" "$1")" = 19 ]' sh "$work/race" || cat "$work/race"
	winner=$(cat "$state/names/wanted")
	ls "$state/containers"
	[ "$(ls "$state/containers")" = "$winner" ] && [ "$(ls "$locks")" = "$winner" ]
}
check 'of twenty at once that want one name, one gets it and nothing is left of the others' twenty_at_once
echo >"$work/hold.$winner"
wait

forget
fifty_at_once() {
	for i in 0 1 2 3 4; do
		for j in 0 1 2 3 4 5 6 7 8 9; do
			new "$(id $i$j)" --image x -- -- x y &
		done
	done
	wait
	[ "$(ls "$state/containers" | wc -l) $(ls "$state/names" | wc -l)" = '50 50' ]
}
check 'fifty at once without names get fifty names' fifty_at_once
check 'names that are made up are words' fails 1 '' sh -c \
	'ls "$1" | grep -v "^[a-z]*_[a-z]*$"' sh "$state/names"

# ---- killed anywhere ----
forget
mkdir "$state/containers" "$state/names" "$state/trash"
killed_at() {
	( exec 8>"$locks/$a"
	exec strace -qq -o /dev/null -e "inject=$1:signal=KILL:when=$2" \
		"$tools/state-new" --root "$state" --run "$CONTAINER_TOOLS_RUN" --id "$a" --lock-fd 8 \
		--name web --image x --remove -- -- x y ) 2>/dev/null
}
repaired() {
	new "$b" --name web --image x && [ "$(cat "$state/names/web")" = "$b" ] &&
		[ "$(value "$b" image)" = x ] || return 1
	touch -d '2 minutes ago' "$locks/$a" 2>/dev/null
	( exec 8>"$locks/$b"; job end --id "$b" --lock-fd 8 --exit-code 0 --remove ) && all_gone
}
if strace -qq -o /dev/null true 2>/dev/null; then
	for call in flock linkat mkdirat openat write renameat; do
		for when in 1 2 3 4 5 6 7 8; do
			killed_at "$call" "$when"
			[ $? = 137 ] || { forget; break; }
			check "killed in $call number $when, it is repaired by the next" succeeds repaired
		done
	done
else
	skip 'killed anywhere, it is repaired' 'strace cannot trace here'
fi

# ---- no room ----
mkdir "$work/small"
full() {
	mount -t tmpfs -o "$1" small "$work/small"
	mkdir "$work/small/state"
	( state=$work/small/state; new "$c" --name web --image x -- -- x y )
	code=$?
	left=$(find "$work/small/state" -mindepth 2; ls "$locks")
	umount "$work/small"
	[ -z "$left" ] || { echo "left: $left"; return 1; }
	return "$code"
}
for room in nr_inodes=3 nr_inodes=5 nr_inodes=8 nr_inodes=10 size=4k size=12k; do
	check "with $room only it says so, and leaves nothing" \
		fails 125 'state-new: *No space left on device' full "$room"
done

done_testing
