#!/bin/sh
# container system check: says what crashes left, and with --repair puts it in order.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a)
check 'nothing was left' exits 0 verb system-check
new "$a" --name lost
check 'what was left is said, and is 125' \
	fails 125 "*would have ended lost ($a): its supervisor was killed" verb system-check
check 'and is as it was' absent "$state/containers/$a/finished"
check '--repair puts it in order' fails 0 "*: ended lost ($a): *" verb system-check --repair
check 'so that nothing is left' prints '' verb system-check

done_testing
