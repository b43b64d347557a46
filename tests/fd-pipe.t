#!/bin/sh
# fd-pipe: pipes on the very numbers asked for, whatever is open there.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

# What is written to one end comes out of the other, and only once the last writer has gone.
carries='eval "echo through >&$2; exec $2>&-; cat <&$1"'
through() { "$tools/fd-pipe" --pipe "$1:$2" sh -c "$carries" sh "$1" "$2"; }

check 'what goes into the write end comes out of the read end' prints through through 3 4
check 'the order of the numbers does not matter' prints through through 4 3
check 'numbers that the kernel would not give work too' prints through through 8 5
check 'so does a write end that is the lowest free number' prints through through 9 3
check 'so does a read end where the kernel opened the write end' prints through through 4 9
check 'standard input can be an end' prints through \
	"$tools/fd-pipe" --pipe 0:3 -- sh -c 'echo through >&3; exec 3>&-; cat'
check 'an fd that is open is replaced' prints through sh -c \
	'exec 3</dev/null 4</dev/null; exec "$0" --pipe 3:4 -- sh -c "$1" sh 3 4' \
	"$tools/fd-pipe" "$carries"

# The fds that are pipes, but for standard output and error, which a test runner may have on one.
pipes='import os
for f in sorted(map(int, os.listdir("/proc/self/fd"))):
	try: 2 < f < 20 and "pipe:" in os.readlink("/proc/self/fd/%d" % f) and print(f, end=" ")
	except OSError: pass'
many() { "$tools/fd-pipe" --pipe 6:5 --pipe 4:3 --pipe 7:9 -- "$@" 3<&- 4<&- 5<&- 6<&-; }
check 'several pipes cross each other, and no other number is left open' prints '3 4 5 6 7 9 ' \
	many python3 -c "$pipes"
check 'each of them is its own' prints 'a
b
c' many sh -c 'echo a >&5; echo b >&3; echo c >&9; exec 3>&- 5>&- 9>&-; cat <&6; cat <&4; cat <&7'
check 'the end of file comes when the last writer has gone' succeeds \
	"$tools/fd-pipe" --pipe 3:4 -- sh -c 'exec 4>&-; ! read -r line <&3'

check 'arguments survive' prints 'a  b|' \
	"$tools/fd-pipe" --pipe 3:4 sh -c 'echo "$1|$2"' sh 'a  b' ''
check 'the status is that of the program' exits 7 "$tools/fd-pipe" --pipe 3:4 sh -c 'exit 7'
check 'a missing program is 127' exits 127 "$tools/fd-pipe" --pipe 3:4 /nowhere

check 'one number for both ends is refused' fails 125 '*fd 3 cannot be both ends*' \
	"$tools/fd-pipe" --pipe 3:3 -- true
check 'a number in two pipes is refused' fails 125 '*5:3 has a number of pipe 3:4*' \
	"$tools/fd-pipe" --pipe 3:4 --pipe 5:3 -- true
for bad in 3 3: :3 3:4:5 -1:3 3,4 ' 3:4' 3:0x4 3:99999999999999999999; do
	check "--pipe '$bad' is refused" fails 125 'fd-pipe: --pipe: *' \
		"$tools/fd-pipe" --pipe "$bad" -- true
done
check 'a number above the limit is refused with the cause' fails 125 '*hint: *ulimit -n*' \
	"$tools/fd-pipe" --pipe 3:1000000 -- true
check 'no pipe is refused' fails 125 '*which fds*' "$tools/fd-pipe" -- true


# What a caller closed is occupied, but not open: else a file of ours would be the program's output.
check 'a closed standard stream is not left to the next file' prints '/dev/null' \
	sh -c '"$tools/fd-pipe" --pipe 5:6 -- readlink /proc/self/fd/0 <&-'
check 'and still tells the program that it is closed' fails 3 '*' \
	sh -c '"$tools/fd-pipe" --pipe 5:6 -- sh -c "echo x || exit 3" >&-'

# How all tools speak.
check 'no control character of a word reaches a terminal, other letters do' fails 127 \
	'*: /\\x1b\[\\xc2\\x9bé: *' "$tools/fd-pipe" --pipe 5:6 -- "$(printf '/\033[\302\233é')"

check '--raise moves what is open out of the way' prints '103 104 kept' sh -c '
	echo kept >"$work/kept"; exec 3<"$work/kept" 4</dev/null
	"$tools/fd-pipe" --raise 100 --pipe 3:4 -- sh -c "cd /proc/self/fd; echo \$(ls -d 10[0-9]) \$(cat /proc/self/fd/103)"'
check 'nothing is moved onto another' fails 125 '*--raise*fd 103 is open*' "$tools/fd-pipe" --pipe 3:103 -- \
	"$tools/fd-pipe" --raise 100 --pipe 7:8 -- true

done_testing
