#!/bin/sh
# ovl-mount: layers and a writable directory are one tree; nothing in a name is an option; an upper
# directory is in use once.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cd "$work/tmp" || exit 1
mkdir low top
echo low >low/a
echo low >low/b
echo top >top/b
mkdir low/hidden low/full
touch low/hidden/x low/full/x
ovl() { unshare --mount "$tools/ovl-mount" "$@"; }
over() { ovl --lower top --lower low --upper up --work wk --at at "$@"; }

check 'the topmost layer is the first' prints 'low
top' over -- cat at/a at/b
check 'changes go to the upper directory' prints 'x' sh -c \
	'unshare --mount "$1" --lower top --lower low -u up -w wk --at at -- sh -c "echo x >at/new"; cat up/new' \
	sh "$tools/ovl-mount"
check 'the layers are not changed' prints 'low' cat low/b
check 'what is made has the modes that the page says' prints '755 700 755' sh -c \
	'umask 077; unshare --mount "$1" --lower low --upper m/u --work m/w --at m/a -- true; echo $(stat -c %a m/u m/w m/a)' \
	sh "$tools/ovl-mount"
check 'the mask of the caller is handed on' prints '0077' sh -c \
	'umask 077; unshare --mount "$1" --lower low --lower top --read-only --at at -- sh -c umask' sh "$tools/ovl-mount"
check 'directories are made with their parents' succeeds \
	ovl --lower low --upper p/q/u --work p/q/w --at p/r/s/ -- test -e p/r/s/a
check 'arguments survive' prints 'a  b|' over -- sh -c 'echo "$1|$2"' sh 'a  b' ''
check 'the status is that of the program' exits 7 over -- sh -c 'exit 7'
check 'a missing program is 127' exits 127 over -- /nowhere
check 'a file of a layer can be deleted' exits 1 over -- sh -c 'rm at/a && test -e at/a'
check 'a deleted file stays deleted' exits 1 over -- test -e at/a

# Read-only.
check 'read-only without an upper directory' fails 1 '*Read-only file system*' \
	ovl --lower top --lower low --read-only --at at -- touch at/x
check 'read-only with a single layer' fails 1 '*Read-only file system*' \
	ovl --lower low --read-only --at at -- touch at/x
check 'a single layer shows its files' prints 'low' ovl --lower low --read-only --at at -- cat at/b
check 'read-only with an upper directory' fails 1 '*Read-only file system*' \
	over --read-only -- touch at/x
check 'neither upper nor read-only is 125' fails 125 '*neither*' ovl --lower low --at at -- true
check 'upper without work is 125' fails 125 '*go together*' ovl --lower low --upper u --at at -- true
check 'volatile without upper is 125' fails 125 '*--volatile*' \
	ovl --lower low --read-only --volatile --at at -- true
check 'a missing layer is 125 and named' fails 125 '*open the layer: nowhere: No such file*' \
	ovl --lower nowhere --upper up --work wk --at at -- true
check 'a file as a layer is 125' fails 125 '*low/a: Not a directory*' \
	ovl --lower low/a --upper up --work wk --at at -- true

# Names. What would be two layers, an option or an escape in a string is a name here.
hostile='a,b:c\d\:e,upperdir=low'
mkdir "$hostile"
echo odd >"$hostile/f"
odd() {
	"$@" "$tools/ovl-mount" --lower "$hostile" --lower low --upper "u$hostile/u" --work "u$hostile/w" \
		--at "at$hostile" -- sh -c 'echo new >"$1/f"; cat "$1/a" "$1/f" "$2/f"' sh "at$hostile" "$hostile"
}
check 'commas, colons and backslashes are part of a name' prints 'low
new
odd' odd unshare --mount
check 'also where the kernel takes layers by name only' prints 'low
new
odd' odd unshare --mount "$top/tests/refuse" fsopen=ENOSYS --
check 'also where it has fsopen but takes no fds' prints 'low
new
odd' odd unshare --mount "$top/tests/refuse" fsconfig:1=5=EINVAL --
check 'the working directory is as it was' prints "$PWD" unshare --mount "$top/tests/refuse" \
	fsopen=ENOSYS -- "$tools/ovl-mount" --lower top --lower low --read-only --at at -- pwd
check 'a single layer, without mount_setattr' fails 1 '*Read-only file system*' unshare --mount \
	"$top/tests/refuse" mount_setattr=ENOSYS -- "$tools/ovl-mount" --lower low --read-only --at at -- touch at/x
many() {
	number=$1
	shift
	set -- "$@" "$tools/ovl-mount"
	while [ "$number" -gt 0 ]; do
		[ -d "many/$number" ] || { mkdir -p "many/$number" && touch "many/$number/f$number"; }
		set -- "$@" --lower "many/$number"
		number=$((number - 1))
	done
	"$@" --upper up2 --work wk2 --at at -- test -e at/f1
}
check '500 layers' succeeds many 500 unshare --mount
check '500 layers by name' succeeds many 500 unshare --mount "$top/tests/refuse" fsopen=ENOSYS --
check 'more layers are 125, and the limit is named' fails 125 '*at most 500 layers*' many 501 unshare --mount

# The lock.
held() {
	over -- sh -c 'echo $$ >holder; exec sleep 60' &
	wait_until test -s holder || return 1
	"$@"
	result=$?
	kill "$(cat holder)"
	wait
	rm holder
	return $result
}
check 'an upper directory in use is refused, with a hint' held fails 125 '*up: another overlay uses it*hint:*' \
	over -- true
check 'also under another work directory' held fails 125 '*another overlay uses it*' \
	ovl --lower low --upper up/ --work wk3 --at at -- true
ln -s up alias
names() {
	for name in alias ./low/../up up/. "$PWD/alias/"; do
		! ovl --lower low --upper "$name" --work wk3 --at at -- echo "not refused: $name" || return 1
	done
}
check 'also under other names' held names
check 'when its user has ended it is free' succeeds over -- true
check 'the lock is on the fd that was asked for' prints "$PWD/up.lock" over --lock-fd 17 -- \
	readlink /proc/self/fd/17
check 'the lock does not become the standard input that the caller closed' prints /dev/null sh -c \
	'unshare --mount "$1" --lower low --upper up --work wk --at at -- readlink /proc/self/fd/0 <&-' sh "$tools/ovl-mount"
check 'the lock is not lost when its number is a layer in use' prints 'top' over --lock-fd 4 -- cat at/b
check 'no fd of a directory is left to the program' exits 1 over -- sh -c \
	'for fd in /proc/$$/fd/*; do [ ! -d "$fd" ] || exit 0; done; exit 1'

# Volatile.
volatile() { ovl --lower low --upper vu --work vw --at at --volatile "$@"; }
check 'volatile mounts' matches '*volatile*' volatile -- grep " $PWD/at " /proc/self/mountinfo
check 'a volatile upper directory is not used again, and why is said' fails 125 \
	'*used with --volatile*hint: *incomplete*' volatile -- true

# What the kernel refuses is explained.
mkdir tmpfs
unshare_tmpfs() { unshare --mount sh -c 'mount -t tmpfs t tmpfs && exec "$@"' sh "$@"; }
check 'work on another file system is explained' fails 125 '*hint: upper and work must be on one file*' \
	unshare_tmpfs "$tools/ovl-mount" --lower low --upper up --work tmpfs/w --at at -- true
check 'an upper directory on an overlay is explained' fails 125 '*hint: an upper directory cannot be on an overlay*' \
	over -- "$tools/ovl-mount" --lower low --upper at/u --work at/w --at at2 -- true
check 'an upper directory without attributes is explained' fails 125 '*no trusted attributes*hint:*' \
	unshare --mount sh -c 'mount -t ramfs r tmpfs && exec "$@"' sh \
	"$tools/ovl-mount" --lower low --upper tmpfs/u --work tmpfs/w --at at -- true
check 'a layer that is given twice is explained' fails 125 '*hint: no layer*inside another*' \
	ovl --lower low --lower low --read-only --at at -- true
check 'without privilege it is 125 and says what is needed' fails 125 '*hint:*CAP_SYS_ADMIN*' \
	unshare --mount setpriv --bounding-set -sys_admin --inh-caps -all "$tools/ovl-mount" \
	--lower low --upper up --work wk --at at -- true

# The privileges that it declares are enough for all that a container does to files: the overlay
# keeps them, while the program has what it has.
cp /bin/busybox low/program
chown 1000:1000 low/hidden low/program
setcap cap_net_raw+ep low/program
chmod 700 low/hidden
# With --keep the program's own rights end below those of the overlay.
declared() {
	ovl --keep chown,dac_override,fowner,fsetid,mknod,setfcap --lower low --upper du --work dw --at at -- sh -ec '
		echo x >>at/program; mknod at/null c 1 3; chown 5:5 at/b; rm -r at/hidden; mkdir at/hidden
		mv at/a at/c; ln at/c at/d; touch -h -d @1 at/c; setcap cap_net_raw+ep at/program
		getcap at/program; stat -c %u:%g at/b at/program'
}
check 'the declared capabilities suffice for copying up, whiteouts and attributes' prints \
	"at/program cap_net_raw=ep
5:5
1000:1000" declared
check 'the program has what --keep named' matches '*CapBnd:	000000000000000b*' \
	ovl --keep chown,dac_override,fowner --lower low --lower top --read-only --at at -- cat /proc/self/status

# In a user namespace.
user() { unshare --user --map-root-user --mount "$tools/ovl-mount" "$@"; }
# tmpfs learnt user attributes late (Linux 6.6); a disk always had them.
mkdir probe
if setfattr -n user.probe -v x probe; then
	disk=$PWD
else
	# The machine's own are read-only here.
	disk=$PWD/disk
	mkdir "$disk"
	truncate -s 16M disk.img
	mke2fs -q -t ext4 disk.img && mount -o loop disk.img "$disk"
	trap 'umount "$disk"' EXIT
	check 'in a user namespace an upper directory needs user attributes' fails 125 '*no user attributes*hint:*' \
		user --lower low --upper uu --work uw --at at -- true
fi
check 'in a user namespace the marks are user attributes' matches '*,userxattr*' \
	user --lower top --lower low --upper "$disk/uu" --work "$disk/uw" --at at -- grep " $PWD/at " /proc/self/mountinfo
check 'there, a replaced directory stays empty' prints '' user --lower low --upper "$disk/uu" --work "$disk/uw" --at at -- \
	sh -c 'rm -r at/full && mkdir at/full && ls at/full'
check 'and still is when mounted again' prints '' user --lower low --upper "$disk/uu" --work "$disk/uw" --at at -- ls at/full
check 'outside they are not' exits 1 over -- grep userxattr /proc/self/mountinfo

done_testing
