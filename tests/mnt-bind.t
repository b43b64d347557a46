#!/bin/sh
# mnt-bind: volumes are where they should be and as they should be, and a hostile root file system
# leads them nowhere else.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cd "$work/tmp" || exit 1
mkdir -p root host/sub host/more canary
echo data >host/file
echo canary >canary/file
rootfs "$PWD/root"
# The host's root is read-only meanwhile, so that a tool that fails to stay in its own cannot do harm.
alone() { unshare --mount sh -c 'mount -o remount,bind,ro / && exec "$@"' sh "$@"; }
bind() { alone "$tools/mnt-bind" --root root "$@"; }
export FLAGS='awk -v at="$PWD/root$1" "\$5 == at { print \$6 }" /proc/self/mountinfo'
flagged() { target=$1; shift; bind "$@" -- sh -c "$FLAGS" sh "$target"; }

check 'a directory is bound' prints 'data' bind --bind host:/data -- cat root/data/file
check 'the target that was missing is a directory with mode 755' prints '755' stat -c %a root/data
check 'and is empty without the mount' exits 1 test -e root/data/file
check 'missing parents are made, whatever the mask' prints '755 755' sh -c \
	'umask 077; unshare --mount "$1" --root root --bind host:/p/q/r -- true; echo $(stat -c %a root/p root/p/q)' \
	sh "$tools/mnt-bind"
check 'a file gets a file' prints 'data' bind --bind host/file:/etc/conf -- cat root/etc/conf
check 'a file cannot be put on a directory' fails 125 '*open the target: /etc: Is a directory*' \
	bind --bind host/file:/etc -- true
check 'a directory cannot be put on a file' fails 125 '*open the target: /etc/passwd: Not a directory*' \
	bind --bind host:/etc/passwd -- true
check 'what is written goes to the source' prints 'new' sh -c \
	'unshare --mount "$1" --root root --bind host:/data -- sh -c "echo new >root/data/new"; cat host/new' \
	sh "$tools/mnt-bind"
check 'ro refuses to write' fails 1 '*Read-only file system*' bind --bind host:/data:ro -- touch root/data/x
check 'the last of ro and rw holds' succeeds bind --bind host:/data:ro,rw -- touch root/data/x
check 'nosuid, nodev and noexec are set' prints 'ro,nosuid,nodev,noexec,relatime' \
	flagged /data --bind host:/data:ro,nosuid,nodev,noexec
check 'a later volume is on top' prints 'canary' bind --bind host:/data --bind canary:/data -- cat root/data/file
check 'a volume may lie in another, in the order given' prints 'canary' \
	bind --bind host:/data --bind canary:/data/sub -- cat root/data/sub/file
mkdir root/mnt
echo own >root/mnt/file
check 'sources are opened before a volume can hide them' prints 'own' \
	bind --bind canary:/mnt --bind root/mnt:/data -- cat root/data/file
check 'a colon is escaped with a backslash' prints 'odd' sh -c \
	'mkdir "h:o\\st"; echo odd >"h:o\\st/f"; unshare --mount "$1" --root root --bind "h\\:o\\\\st:/a\\:b:ro" -- cat root/a:b/f' \
	sh "$tools/mnt-bind"
check 'a missing source is 125 and named' fails 125 '*open the source: nowhere: No such file*' \
	bind --bind nowhere:/data -- true
check 'no target is 125' fails 125 '*not of the form source:target*' bind --bind host -- true
check 'an unknown option is 125 and named' fails 125 '*rx: no such option*' bind --bind host:/data:ro,rx -- true
check 'the status is that of the program' exits 7 bind --bind host:/data -- sh -c 'exit 7'
check 'no fd is left to the program' prints '' bind --bind host:/data --tmpfs /run -- sh -c \
	'for fd in /proc/$$/fd/*; do readlink "$fd"; done | grep -e root -e host -e /run || :'

# Mounts below the source.
with_sub() {
	unshare --mount sh -c 'mount -t tmpfs below host/sub && touch host/sub/below && exec "$@"' sh \
		"$@"
}
check 'mounts below the source come along' succeeds with_sub \
	"$tools/mnt-bind" --root root --bind host:/data -- test -e root/data/sub/below
check 'but not with bind' exits 1 with_sub \
	"$tools/mnt-bind" --root root --bind host:/data:bind -- test -e root/data/sub/below
check 'ro leaves them writable' succeeds with_sub \
	"$tools/mnt-bind" --root root --bind host:/data:ro -- touch root/data/sub/x
check 'rro does not' fails 1 '*Read-only file system*' with_sub \
	"$tools/mnt-bind" --root root --bind host:/data:rro -- touch root/data/sub/x

# Propagation: a namespace that shares with ours, to see it.
shared() {
	unshare --mount sh -c 'mount -t tmpfs t canary && mkdir canary/src && mount --make-shared canary && exec "$@"' sh \
		"$tools/mnt-bind" --root root "$@"
}
check 'a volume is private' prints '-' shared --bind canary:/data -- sh -c \
	'awk -v at="$PWD/root/data" "\$5 == at { print \$7 }" /proc/self/mountinfo'
check 'or shared' matches 'shared:*' shared --bind canary:/data:rshared -- sh -c \
	'awk -v at="$PWD/root/data" "\$5 == at { print \$7 }" /proc/self/mountinfo'
check 'or a slave' matches 'master:*' shared --bind canary:/data:rslave -- sh -c \
	'awk -v at="$PWD/root/data" "\$5 == at { print \$7 }" /proc/self/mountinfo'
check 'what is mounted at the source later appears in a slave' succeeds shared --bind canary:/data:rslave -- \
	sh -c 'mount -t tmpfs t canary/src && touch canary/src/late && test -e root/data/src/late'
check 'and not in a private one' exits 1 shared --bind canary:/data -- \
	sh -c 'mount -t tmpfs t canary/src && touch canary/src/late && test -e root/data/src/late'

# tmpfs.
check 'a tmpfs is inert, and open to all' prints 'rw,nosuid,nodev,noexec,relatime
1777' bind --tmpfs /run -- sh -c "$FLAGS; stat -c %a root/run" sh /run
check 'its options are obeyed' matches 'ro,nosuid,nodev,relatime*size=64k*mode=750,uid=5,gid=6*' bind \
	--tmpfs /run:size=64k,mode=0750,uid=5,gid=6,exec,ro -- sh -c "$FLAGS; grep root/run /proc/self/mountinfo" sh /run
check 'a bad size is 125' fails 125 '*many: not a number*' bind --tmpfs /run:size=many -- true
check 'a bad mode is 125' fails 125 '*not a mode*' bind --tmpfs /run:mode=9 -- true
check 'an option of file systems that is none of ours is 125' fails 125 '*huge=always: no such option*' \
	bind --tmpfs /run:huge=always -- true

# Read-only, last.
check 'a mount is made read-only after all else' fails 1 '*Read-only file system*' unshare --mount sh -c '
	mount --bind root root && "$1" --root root --remount-read-only / --bind host:/made/later -- \
		sh -c "touch root/made/later/x && touch root/x"' sh "$tools/mnt-bind"
check 'what is no mount is 125, with a hint' fails 125 '*make read-only: /etc: *hint: only a mount*' \
	bind --remount-read-only /etc -- true

# An older kernel.
old() { unshare --mount "$top/tests/refuse" mount_setattr=ENOSYS -- "$tools/mnt-bind" --root root "$@"; }
check 'without mount_setattr ro refuses to write too' fails 1 '*Read-only file system*' \
	old --bind host:/data:ro -- touch root/data/x
check 'and flags are kept' prints 'ro,nosuid,nodev,noexec,relatime' old --tmpfs /run \
	--bind host:/data:ro,nosuid,nodev,noexec --remount-read-only /run -- sh -c "$FLAGS" sh /run
check 'but rro is refused, with a hint' fails 125 '*hint: this kernel cannot*' old --bind host:/data:rro -- true

# A hostile root: its links lead into it, or are refused; the canary is never touched.
ln -s "$PWD/canary" root/link
ln -s ../../../../../../../../"$PWD"/canary root/climb
ln -s "$PWD/canary/planted" root/dangling
ln -s loop root/loop
mkdir -p "root$PWD/canary"
mkfifo root/fifo
mknod root/null c 1 3
check 'a link to a directory of the host leads into the root' prints "data" \
	bind --bind host:/link/x -- cat "root$PWD/canary/x/file"
check 'so does one that climbs' prints 'data' bind --bind host:/climb/y -- cat "root$PWD/canary/y/file"
check 'a dangling link of a directory is refused' fails 125 '*/dangling: No such file*' bind --bind host:/dangling -- true
ln -s "$PWD/canary/planted" root/dangling-file
ln -s ../../../../run/made-at-boot/file root/etc/boot
ln -s boot root/etc/boot2
check 'a dangling link of a file leads to one that is made in the root' prints "data" \
	bind --bind host/file:/dangling-file -- cat "root$PWD/canary/planted"
check 'with its directories, through a second link, and out of nothing' prints "data" \
	bind --bind host/file:/etc/boot2 -- cat root/run/made-at-boot/file
check 'a loop is refused' fails 125 '*/loop: Symbolic link loop*' bind --bind host:/loop -- true
check 'a path that climbs stays inside' prints 'data' bind --bind host:/../../../../up -- cat root/up/file
check 'a FIFO does not block, and is no directory' fails 125 '*/fifo: Not a directory*' bind --bind host:/fifo -- true
check 'a file may cover a FIFO or a device' prints 'data
data' bind --bind host/file:/fifo --bind host/file:/null -- cat root/fifo root/null
check 'the host has nothing new' prints 'file src' sh -c 'mkdir -p canary/src; echo $(ls canary)'

# The kernel's trees: by name, by a link, by what is mounted there.
ln -s proc root/to-proc
ln -s /sys root/to-sys
mkdir -p root/proc/self root/sys/fs/cgroup
for target in /proc /sys /proc/self /sys/fs/cgroup /to-proc /to-sys/x /x/../proc /proc/; do
	check "nothing is mounted at $target" fails 125 '*at or below /proc or /sys*' \
		bind --bind host:$target -- true
done
rmdir root/proc/self
check 'nor on procfs that a link leads to' fails 125 '*at or below /proc or /sys*' unshare --mount --pid --fork sh -c '
	mkdir -p root/odd && mount -t proc proc root/odd && ln -s odd/fs root/innocent &&
	exec "$@"' sh "$tools/mnt-bind" --root root --bind host:/innocent -- true
check 'nor on a masked file of it' fails 125 '*at or below /proc or /sys*' unshare --mount --pid --fork \
	"$tools/mnt-kernel" --root root --no-cgroup -- "$tools/mnt-bind" --root root \
	--bind host/file:/proc/keys -- true
check 'nor on the root itself' fails 125 '*cannot be the root itself*' bind --bind host:/ -- true
check 'a name that only begins like them is a name' succeeds bind --bind host:/process -- true
mkdir -p "$work/tmp/other"
check 'a target through a mount of the root may be' prints 'canary' bind --bind host:/data \
	--bind canary:/data/more -- cat root/data/more/file

# Someone swaps a directory for a link as fast as they can while volumes are mounted.
cat >swap <<'END'
	# RENAME_EXCHANGE, until the shell that started us has ended.
	my $call = `uname -m` =~ /aarch64/ ? 276 : 316;
	my $parent = getppid;
	chdir 'root/race';
	symlink $ENV{CANARY}, 'evil';
	while (getppid == $parent) {
		syscall $call, -100, 'real', -100, 'evil', 2 for 1 .. 100;
	}
END
race() {
	mkdir -p root/race/real
	alone sh -c '
		perl swap &
		swapper=$!
		i=0
		while [ $i -lt 60 ]; do
			i=$((i + 1))
			"$1" --root root --bind host:/race/real/volume --tmpfs /race/real -- true
			[ ! -e canary/volume ] && [ -f canary/file ] || echo "escaped in round $i"
		done
		kill $swapper
		wait $swapper' sh "$tools/mnt-bind" 2>/dev/null
	ls canary
}
export CANARY="$PWD/canary"
check 'a racing swap of a directory for a link never reaches the host' prints 'file
src' race

# In a user namespace.
check 'in a user namespace a bind is read-only too' fails 1 '*Read-only file system*' unshare --user \
	--map-root-user --mount "$tools/mnt-bind" --root root --bind host:/data:rro --tmpfs /run -- touch root/data/x
check 'without privilege it is 125' fails 125 '*Operation not permitted*' unshare --mount \
	setpriv --bounding-set -sys_admin --inh-caps -all "$tools/mnt-bind" --root root --bind host:/data -- true
check 'a source in another user'\''s directory can be opened' succeeds sh -c '
	mkdir -p theirs/deep && chown 1000 theirs && chmod 700 theirs &&
	unshare --mount "$1" --keep none --root root --bind theirs/deep:/data -- true' sh "$tools/mnt-bind"

done_testing
