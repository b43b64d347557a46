#!/bin/sh
# images: what the recipes build, the same bytes twice, and nothing in it that should not be.
# shellcheck source=tests/lib.sh disable=SC2016,SC2154
. "${0%/*}/lib.sh"

build() { "$top/images/busybox/build" "$@"; }
image=$work/busybox.tar.gz

check 'busybox is built' build "$image"
elsewhere() {
	mkdir "$work/elsewhere"
	(cd "$work/elsewhere" && umask 077 && TZ=Asia/Tokyo LC_ALL=C.UTF-8 HOME=/nowhere setpriv --clear-groups \
		--regid 100 "$top/images/busybox/build" again.tar.gz) && cmp "$image" "$work/elsewhere/again.tar.gz"
}
check 'again, elsewhere and by another, the bytes are the same' elsewhere
check 'SOURCE_DATE_EPOCH dates what is in it' matches '*1980-01-01*' sh -c \
	'SOURCE_DATE_EPOCH=315532800 "$1" "$2" && TZ=UTC tar tvzf "$2"' sh "$top/images/busybox/build" "$work/dated.tar.gz"
check 'nothing else lies beside it' prints 'busybox.tar.gz' sh -c 'mkdir "$1/only" && cd "$1/only" &&
	"$2" busybox.tar.gz && ls -A' sh "$work" "$top/images/busybox/build"
check 'without a busybox it says what to install' fails 125 '*apt-get install busybox-static*' \
	env BUSYBOX=/nowhere "$top/images/busybox/build" "$work/none.tar.gz"
check 'and leaves nothing' eval '[ ! -e "$work/none.tar.gz" ] && [ ! -e "$work/none.tar.gz.part" ]'

# listed ARCHIVE: no name is absolute or climbs, none appears twice, no device is in it.
listed() {
	tar tzf "$1" >"$work/names" || return
	! grep -E '^/|(^|/)\.\.(/|$)' "$work/names" || return
	[ -z "$(sort "$work/names" | uniq -d)" ] || return
	! tar tvzf "$1" | grep '^[bcps]'
}
check 'its names are relative, and no device is in it' listed "$image"
check 'it is all root'\''s' prints '0/0' sh -c \
	'tar --numeric-owner -tvzf "$1" | while read -r mode owner rest; do echo "$owner"; done | sort -u' sh "$image"
mkdir "$work/root"
tar xzf "$image" -C "$work/root"
inside() { chroot "$work/root" "$@"; }
check 'its shell runs' prints 'root 0 /root' inside /bin/sh -c 'cd; echo "$(id -un) $(id -u) $PWD"'
applets() {
	for applet in $(inside /bin/busybox --list); do
		[ "$applet" = linuxrc ] || inside /bin/sh -c 'command -v "$1" >/dev/null' sh "$applet" ||
			{ echo "$applet"; return 1; }
	done
}
check 'every applet is found under its name' applets
check 'other links than to busybox there are none' prints '/bin/busybox' \
	sh -c 'find "$1" -type l -exec readlink {} + | sort -u' sh "$work/root"
check 'everybody may write to /tmp, root alone reads /root' prints '1777 1777 700 640' \
	sh -c 'cd "$1" && echo $(stat -c %a tmp var/tmp root etc/shadow)' sh "$work/root"
check 'nobody has a password' exits 1 grep -v ':\*:' "$work/root/etc/shadow"
check 'groups and users agree' prints '' sh -c 'cd "$1/etc" && for group in $(cut -d: -f4 passwd); do
	grep -q ":$group:" group || echo "$group"; done' sh "$work/root"

debian=$top/images/debian.tar.gz
if [ -e "$debian" ]; then
	check 'debian: its names are relative, and no device is in it' listed "$debian"
	check 'debian: it has apt and dpkg'\''s list' eval 'tar tzf "$debian" >"$work/names" &&
		grep -qx ./usr/bin/apt "$work/names" && grep -qx ./var/lib/dpkg/status "$work/names"'
	check 'debian: nothing of this machine is in it' eval '! grep -xE "./etc/(hostname|resolv.conf)" "$work/names"'
else
	skip 'debian: its archive is sound' 'make images/debian.tar.gz makes it'
fi

done_testing
