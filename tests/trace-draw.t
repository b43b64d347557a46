#!/bin/sh
# trace-draw: the time line has every step, with its own time.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

draw() { "$tools/trace-draw" "$@"; }
# A link for 1 ms, the next one at once for 2, a job beside it, the program, a job at the end.
cat >"$work/events" <<'E2'
first start 1000000000
second exec 1001000000
second start 1001500000
job begin 1002000000
job end 1002500000
program exec 1003500000
last begin 1010000000
last end 1011000000
E2
check 'a step has its start and its own time' prints '{"step":"first","start_ns":0,"own_ns":1000000}
{"step":"second","start_ns":1500000,"own_ns":2000000}
{"step":"job","start_ns":2000000,"own_ns":500000}
{"step":"program","start_ns":3500000,"own_ns":6500000}
{"step":"last","start_ns":10000000,"own_ns":1000000}' sh -c '"$tools/trace-draw" --format json <"$work/events"'
check 'and a bar where it lies' matches '*first *0.000 *1.000 *====*
*last *10.000 *1.000 * =====*' sh -c '"$tools/trace-draw" <"$work/events"'
check 'an unknown event is refused' fails 125 '*not an event*' sh -c 'echo "a b 1" | "$tools/trace-draw"'
check 'a line of another form is refused' fails 125 '*not of the form*' sh -c 'echo junk | "$tools/trace-draw"'
check 'control characters do not reach the terminal' prints '{"step":"?[1m","start_ns":0,"own_ns":0}' sh -c \
	'printf "\033[1m start 5\n" | "$tools/trace-draw" --format json'
check 'another format is refused' fails 125 '*--format: xml*' draw --format xml
check 'too many steps are refused' fails 125 '*more than*' sh -c \
	'seq 1 300 | sed "s/.*/x begin &/" | "$tools/trace-draw"'
real() {
	"$tools/ns-exec" --pid --trace-fd 3 -- "$tools/ns-exec" --net --trace-fd 3 -- busybox usleep 20000 3>"$work/trace"
	draw --format json <"$work/trace" >"$work/drawn"
	sed 's/,"start.*//' "$work/drawn" | paste -sd' ' | grep -qx '{"step":"ns-exec" {"step":"ns-exec" {"step":"busybox"'
}
check 'links of a real chain are there, and the program' real

done_testing
