#!/bin/sh
# chroot-pivot: the program sees the new root and only that; carried programs run without a file.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

rootfs "$work/root"
# No "--" here, so that the program must get to keep its own options.
pivot() { unshare --mount "$tools/chroot-pivot" --root "$work/root" "$@"; }

check 'the root is the directory' prints '/bin' pivot /bin/sh -c 'echo /b*'
check 'nothing lies above it' prints '/../bin' pivot /bin/sh -c 'echo /../b*'
check 'the program starts in /' prints '/' pivot /bin/sh -c 'pwd'
check 'no old mount is left' prints '1' pivot /bin/sh -c \
	'mount -t proc proc /proc && grep -vc " /proc " /proc/self/mountinfo'
check 'arguments survive' prints 'a  b|' pivot /bin/sh -c 'echo "$1|$2"' sh 'a  b' ''
check 'the status is that of the program' exits 7 pivot /bin/sh -c 'exit 7'
check 'a missing program is 127' exits 127 pivot /nowhere
check 'a program that cannot be executed is 126' exits 126 pivot /etc/passwd
check 'a missing root is 125 and named' fails 125 '*/nowhere*No such file*' \
	"$tools/chroot-pivot" --root /nowhere -- true
check 'no program is 125' exits 125 "$tools/chroot-pivot" --root "$work/root"

cp "$tools/chroot-pivot" "$work/tool"
carried() { unshare --mount "$tools/chroot-pivot" --root "$work/root" --carry "$@"; }
check 'a carried program runs, with its arguments' matches 'usage: chroot-pivot*' \
	carried "10=$tools/chroot-pivot" -- x --help
# Kept open while another program runs, since what runs cannot be written anyway.
check 'the copy cannot be written through /proc/self/exe' fails 1 '*Operation not permitted*' \
	carried 10=/bin/busybox -- sh -c 'mount -t proc proc /proc; exec 5</proc/self/exe
		exec /bin/busybox sh -c "readlink /proc/self/fd/5 | grep -q memfd: && echo >>/proc/self/fd/5"'
check 'nor where memfds may not be executed' fails 1 '*Read-only file system*' unshare --pid --fork --mount sh -c '
	mount -t proc proc /proc; echo 2 >/proc/sys/vm/memfd_noexec || exit 9
	"$1" --root "$work/root" --carry 10=/bin/busybox -- sh -c "mount -t proc proc /proc; exec 5</proc/self/exe
		exec /bin/busybox sh -c \"echo >>/proc/self/fd/5\""' sh "$tools/chroot-pivot"
check 'the fd is not left to the program' exits 1 carried 250=/bin/busybox -- sh -c \
	'mount -t proc proc /proc; test -e /proc/self/fd/250'
check 'what is not executable is not carried' fails 125 '*not an executable file*' \
	carried 10=/etc/passwd -- x
check 'a word without = is refused' fails 125 '*fd=program*' carried 10 -- x

done_testing
