#!/bin/sh
# readme: the five pipelines of README.md do what it says.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cd "$work" || exit 1
T=$tools
mkdir box
rootfs box
tar -C box -cf - . | zstd -q >tree.tar.zst

# The commands below are the README's: this says so if it has others.
quoted() { grep -qF -- "$1" "$top/README.md" || { echo "README.md does not say: $1"; false; }; }

unpack() { zstdcat tree.tar.zst | "$T"/img-unpack - tree && [ -x tree/bin/busybox ]; }
check '1. an archive is unpacked from a stream' unpack
check 'as README.md has it' quoted 'zstdcat tree.tar.zst | "$T"/img-unpack - tree'

shell() {
	"$T"/ns-exec --mount --pid --uts --hostname box -- "$T"/mnt-kernel --root tree -- \
		"$T"/chroot-pivot --root tree -- /bin/sh -c 'hostname; echo $$; echo /proc/[0-9]*'
}
check '2. a shell in a root file system has its own processes and name' prints 'box
1
/proc/1' shell
check 'as README.md has it' quoted '"$T"/ns-exec --mount --pid --uts --hostname box -- "$T"/mnt-kernel --root tree --'

network() {
	unshare --net busybox sleep 1000 &
	wait_until sh -c '[ "$(readlink /proc/$1/ns/net)" != "$(readlink /proc/self/ns/net)" ]' sh $!
	"$T"/net-bridge --state "$work/state" &&
		"$T"/net-veth $! && nsenter --target $! --net ping -c 1 10.90.0.1
	verdict=$?
	kill $!
	wait $!
	nft delete table inet container_tools
	return "$verdict"
}
check '3. any process gets a network' network
check 'as README.md has it' quoted 'nsenter --target $! --net ping -c 1 10.90.0.1'

foreign() {
	"$T"/ns-exec --mount -- "$T"/ovl-mount --lower tree --upper upper --work work --at root -- \
		bwrap --bind root / --proc /proc --dev /dev --unshare-all -- /bin/sh -c 'echo in >/file; echo $$' &&
		[ "$(cat upper/file)" = in ] && [ ! -e tree/file ]
}
if command -v bwrap >/dev/null; then check '4. our file system in the sandbox of bubblewrap' foreign
else skip '4. our file system in the sandbox of bubblewrap' 'bwrap is not installed'; fi
check 'as README.md has it' quoted 'bwrap --bind root / --proc /proc --dev /dev --unshare-all -- /bin/sh'

traced() {
	unshare --mount strace -o trace "$T"/ovl-mount --lower tree --upper upper --work work --at root -- true &&
		grep -q '^fsmount(' trace
}
check '5. a step under a tracer' traced
check 'as README.md has it' quoted 'strace "$T"/ovl-mount --lower tree --upper upper --work work --at root -- true'

done_testing
