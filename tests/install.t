#!/bin/sh
# install: what is installed runs from where it is, and goes again.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cd "$work" || exit 1
# Not another build: what the tests use is what is installed, and nothing is made in the tree.
to="DESTDIR=$work/there PREFIX=/opt/tools"
installs() {
	# shellcheck disable=SC2086 # two words
	make -s -C "$top" DEPS=no B="$tools" $to "$@"
}
[ "$tools" = "$top/build" ] || skip_all 'only what "make" builds is installed'
check 'it is installed' succeeds installs install
front=$work/there/opt/tools/bin/container
check 'no place is left open' exits 1 grep '@[A-Z]*@' "$front"
check 'the front knows the programs and the images' matches \
	'*/opt/tools/libexec/container-tools}*/var/lib/container-tools/images}*' cat "$front"

# Where it will be, the paths are those without DESTDIR.
mount -t tmpfs opt /opt
mkdir /opt/tools
mount --bind "$work/there/opt/tools" /opt/tools
unset CONTAINER_TOOLS_LIBEXEC
check 'it says its version' matches 'container-tools *' /opt/tools/bin/container version
rootfs "$work/box"
check 'it runs a container' prints hello /opt/tools/bin/container run --rm --network none \
	--rootfs "$work/box" echo hello
umount /opt/tools
umount /opt

check 'it is uninstalled' succeeds installs uninstall
check 'and nothing of it is left' prints '' find "$work/there" ! -type d
done_testing
