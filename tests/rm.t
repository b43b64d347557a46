#!/bin/sh
# container rm: containers are removed; 1 if one could not be.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"
# shellcheck source=tests/state-lib.sh
. "$top/tests/state-lib.sh"

a=$(id a) b=$(id b) c=$(id c)
ended "$a" 0 --name one
ended "$b" 0 --name two
hold "$c" --name live
check 'those that could be removed are printed; the others make it 1' \
	fails 1 '*live: it is running*nowhere: no such container*' verb rm one live nowhere two
cp "$work/.out" "$work/said"
check 'the former are gone' prints 'one
two' cat "$work/said"
check 'the latter is there' prints live value "$c" name
check '--force does not mind what is missing' succeeds verb rm --force nowhere
let_go "$c"
check 'no operand is 125' fails 125 '*' verb rm
check 'an operand that looks like an option' fails 1 '*no such container' verb rm -- --force

done_testing
