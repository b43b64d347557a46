#!/bin/sh
# fault: each call of each program of a start fails, one by one; see tests/fault/fault. The complete
# list, with more errors, is "make check-fault".
# shellcheck source=tests/lib.sh disable=SC2154
. "${0%/*}/lib.sh"

[ "$(uname -m)" = x86_64 ] || skip_all 'the tracer knows the registers of x86-64 only'
rootfs "$work/box"
tar -C "$work/box" -czf "$work/images/box.tar.gz" .
cc -O2 -D_GNU_SOURCE -o "$work/trace" "$top/tests/fault/trace.c" || exit 1
export FAULT_TRACE="$work/trace" FAULT_WORK="$work" FAULT_GROUP="$CONTAINER_TOOLS_CGROUP_PARENT"
# shellcheck disable=SC2086 # options
exec "$top/tests/fault/fault" ${FAULT_OPTIONS:---quick}
