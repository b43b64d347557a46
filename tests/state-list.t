#!/bin/sh
# state-list: the list is what the files say, in Docker's form.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id aaaaaaaaaaaa) b=$(id bbbbbbbbbbbb) c=$(id cccccccccccc) d=$(id dddddddddddd)
titles='CONTAINER ID   IMAGE     COMMAND   CREATED   STATUS    PORTS     NAMES'
# ago SECONDS ID VALUE: it was made or ended then.
ago() {
	date -u -d "$1 seconds ago" +%Y-%m-%dT%H:%M:%S.000000000Z >"$state/containers/$2/$3"
}

check 'an empty list has titles' prints "$titles" job list --all
check 'and is nothing in other forms' prints '' job list --all --format json
hold "$a" --name live --image busybox -- -- busybox top -b
ago 130 "$a" created
ended "$b" 3 --name past --image debian:latest -- -- debian sh -c 'a very long command that is cut'
ago 7300 "$b" created
ago 3700 "$b" finished
check 'what runs is listed' prints \
'CONTAINER ID   IMAGE     COMMAND    CREATED         STATUS         PORTS     NAMES
aaaaaaaaaaaa   busybox   "top -b"   2 minutes ago   Up 2 minutes             live' job list
check '--all lists what has ended, too, the newest first' prints \
'CONTAINER ID   IMAGE           COMMAND                  CREATED         STATUS                         PORTS     NAMES
aaaaaaaaaaaa   busybox         "top -b"                 2 minutes ago   Up 2 minutes                             live
bbbbbbbbbbbb   debian:latest   "sh -c a very long c…"   2 hours ago     Exited (3) About an hour ago             past' \
	job list --all
check '--no-trunc shows all of it' matches "*$b *\"sh -c a very long command that is cut\" *" \
	job list --all --no-trunc
check '--quiet prints IDs' prints 'aaaaaaaaaaaa
bbbbbbbbbbbb' job list --all --quiet
check '--quiet --no-trunc prints whole IDs' prints "$a" job list --quiet --no-trunc

new "$c" --name lost --image busybox
ago 1000 "$c" created
check 'one whose supervisor was killed is dead' prints 'lost Dead dead' \
	job list --filter name=lost --format '{{.Names}} {{.Status}} {{.State}}' --all
check 'and does not run' prints live job list --format '{{.Names}}'

filtered() {
	expected=$1
	shift
	prints "$expected" job list --format '{{.Names}}' "$@"
}
check 'filter: status, without --all' filtered past --filter status=exited
check 'filter: running' filtered live --all --filter status=running
check 'filter: two of a kind, one of which must match' filtered 'live
past' --filter status=exited --filter status=running
check 'filter: two kinds, both of which must match' filtered '' --filter status=exited --filter name=live
check 'filter: exited' filtered past --filter exited=3
check 'filter: another code' filtered '' --filter exited=4
check 'filter: the beginning of an ID' filtered past --all --filter id=bbb
check 'filter: not the middle of an ID' filtered '' --all --filter id=00
check 'filter: a part of a name' filtered past --all --filter name=as
check 'filter: an image' filtered 'live
lost' --all --filter ancestor=busybox
check 'filter: an image without its tag' filtered past --all --filter ancestor=debian
for bad in x=1 status status=gone exited=x exited=256 labels=a; do
	check "filter: $bad is refused" fails 125 '*--filter*' job list --filter "$bad"
done

check 'a template' prints 'aaaaaaaaaaaa	live' job list --format '{{.ID}}\t{{ .Names }}'
check 'a table of a template' prints 'NAMES     STATE
live      running' job list --format 'table {{.Names}}\t{{.State}}'
check 'Go'\''s form of JSON' matches '{"Command":*}' job list --format '{{json .}}'
for bad in '{{.Nothing}}' '{{.ID' '{{ID}}' '{{}}' '{{range .}}' '{{.ID | lower}}' '{{.IDs}}'; do
	check "$bad is refused" fails 125 "*--format: $bad: *" job list --format "$bad"
done
check 'JSON is JSON, an object a line' prints 'aaaaaaaaaaaa "top -b" Up 2 minutes running
bbbbbbbbbbbb "sh -c a very long c…" Exited (3) About an hour ago exited' sh -c \
	'"$@" | python3 -c "
import json, sys
for line in sys.stdin:
	x = json.loads(line)
	if x[\"Names\"] != \"lost\": print(x[\"ID\"], x[\"Command\"], x[\"Status\"], x[\"State\"])"' \
	sh "$tools/state-list" --root "$state" --run "$CONTAINER_TOOLS_RUN" --all --format json
let_go "$a"
forget

# ---- what is not to reach a terminal ----
evil=$(printf '\033[31mred\a\rback\177\302\233C1\342\200\256bidi\377bad "q" \\')
ended "$d" 0 --name evil --image "$evil" -- -- x "$evil"
printable() {
	run job list --all --no-trunc "$@"
	python3 -c '
import sys, unicodedata
for c in open(sys.argv[1], "rb").read().decode("utf-8"):
	if c != "\n" and unicodedata.category(c) in ("Cc", "Cf"):
		sys.exit("%r is raw" % c)' "$work/.out"
}
check 'no control character reaches the terminal raw' succeeds printable
check 'nor in a template' succeeds printable --format '{{.Image}} {{.Command}}'
check 'nor in JSON' succeeds printable --format json
check 'they are shown instead' prints '\x1b[31mred\x07\x0dback\x7f\x9bC1\u202ebidi\xffbad "q" \' \
	job list --all --format '{{.Image}}'
printf 'a\nb' >"$state/containers/$d/image"
head -c 100000 /dev/zero | tr '\0' x >"$state/containers/$d/command"
rm "$state/containers/$d/name" "$state/containers/$d/created"
mkfifo "$state/containers/$d/name"
ln -s /etc/passwd "$state/containers/$d/created"
check 'values that are damaged do no harm' prints 'dddddddddddd|a\nb|""|'  \
	timeout 10 "$tools/state-list" --root "$state" --run "$CONTAINER_TOOLS_RUN" --all --format \
	'{{.ID}}|{{.Image}}|{{.Command}}|{{.Names}}'
rm "$state/containers/$d/name" # so that nothing waits for it, whatever was found
: >"$state/containers/strange"
ln -s /etc "$state/containers/$c"
check 'what is no container is not listed' prints dddddddddddd job list --all --quiet
forget

durations() {
	ended "$a" 0 --name a
	for pair in '0|Less than a second' '1|1 second' '59|59 seconds' '60|About a minute' '119|About a minute' \
		'120|2 minutes' '3599|59 minutes' '3600|About an hour' '7200|2 hours' '172799|2 days' \
		'172800|2 days' '1209600|2 weeks' '5184000|2 months' '63072000|2 years'; do
		now=$(date +%s)
		ago "${pair%%|*}" "$a" created
		said=$(job list --all --format '{{.RunningFor}}')
		# The clock may have moved on.
		[ "$(date +%s)" = "$now" ] || continue
		[ "$said" = "${pair#*|} ago" ] || { echo "$pair: $said"; return 1; }
	done
}
check 'durations are said as Docker says them' succeeds durations
forget

python3 -c '
import os, sys
for i in range(1000):
	d = "%s/containers/%064x" % (sys.argv[1], i)
	os.mkdir(d)
	for name, value in (("name", "n%d" % i), ("image", "x"), ("command", "y"), ("exit-code", "0"),
			("created", "2026-01-01T00:00:00.%09dZ" % i), ("finished", "2026-01-01T00:00:01.0Z")):
		open(d + "/" + name, "w").write(value + "\n")' "$state"
few_fds() {
	( prlimit --pid "$(exec sh -c 'echo $PPID')" --nofile=16
	"$tools/state-list" --root "$state" --run "$CONTAINER_TOOLS_RUN" --all --format '{{.Names}}' |
		head -n 2; job list --all --quiet | wc -l )
}
check 'a thousand are listed, in order, with few fds' prints 'n999
n998
1000' few_fds
check 'a full disk under the output is an error' fails 125 '*write: standard output: *' \
	sh -c '"$@" >/dev/full' sh "$tools/state-list" --root "$state" --run "$CONTAINER_TOOLS_RUN" -a

done_testing
