#!/bin/sh
# container ps: the list, after what killed commands left has been ended.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a) b=$(id b)
hold "$a" --name live --image busybox
new "$b" --name lost --image busybox
check 'what a killed script left is ended first, aloud' \
	fails 0 "state-sweep: ended lost ($b): its supervisor was killed" verb ps
cp "$work/.out" "$work/said"
check 'and is not listed' matches 'CONTAINER ID *
a00000000000 * live' cat "$work/said"
check '--all and --format' prints 'lost Exited (137)
live Up' sh -c '"$@" | sed "s/) .*/)/; s/Up .*/Up/"' sh "$tools/opt-parse" --table \
	"$top/pipelines/ps.options" -- "$top/pipelines/ps" -a --format '{{.Names}} {{.Status}}'
check '--quiet --no-trunc' prints "$a" verb ps -q --no-trunc
check 'filters, several' prints "b00000000000
a00000000000" verb ps -q --filter status=exited -f status=running
check 'an option that is off' prints a00000000000 verb ps --all=false -q
check 'a filter that is unknown is 125' fails 125 '*--filter*' verb ps --filter a=b
check 'an operand is refused' fails 125 '*' verb ps web
let_go "$a"

done_testing
