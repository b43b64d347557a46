#!/bin/sh
# img-unpack: what an archive becomes, and that no archive reaches past its directory.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cd "$work" || exit 1
archives=$work/archives
python3 "$top/tests/attack/make-archives.py" "$archives"
mkdir canary
echo safe >canary/file
unpack() { "$tools/img-unpack" "$@"; }
# What lies beside the directory is as it was.
unharmed() {
	[ "$(ls -A canary)" = file ] && [ "$(cat canary/file)" = safe ] && [ ! -e new ] && [ ! -e up ]
}
# made NAME: the archive is unpacked into x, anew; the canaries live.
made() {
	rm -rf x
	timeout 20 "$tools/img-unpack" "$archives/$1" x && unharmed
}
# refused NAME PATTERN: with that message; nothing is left, the canaries live.
refused() {
	rm -rf x
	fails 125 "$2" timeout 20 "$tools/img-unpack" "$archives/$1" x && [ ! -e x ] && unharmed
}
# each NAME...: all are refused.
all_refused() {
	pattern=$1
	shift
	for name; do
		refused "$name" "$pattern" || { echo "$name"; return 1; }
	done
}
# holds PATH TEXT
holds() { [ "$(cat "$1")" = "$2" ] || { echo "$1: $(cat "$1")"; return 1; }; }

# ---------------------------------------------------------------- an ordinary archive
tree=$work/tree
mkdir -p "$tree/bin" "$tree/sub/deep" "$tree/sticky"
printf 'content\n' >"$tree/bin/tool"
cp -p "$tree/bin/tool" "$tree/bin/setuid"
chown 1:2 "$tree/bin/setuid"
chmod 6711 "$tree/bin/setuid"
setcap cap_net_raw+ep "$tree/bin/tool" 2>/dev/null
ln "$tree/bin/tool" "$tree/sub/deep/hard"
ln -s ../../bin/tool "$tree/sub/deep/soft"
ln -s /etc/passwd "$tree/outside"
chown -h 5:6 "$tree/outside"
mkfifo -m 0640 "$tree/fifo"
mknod -m 0666 "$tree/null" c 1 3
mknod -m 0600 "$tree/disk" b 254 300
truncate -s 3000000 "$tree/sparse"
printf x | dd of="$tree/sparse" bs=1 seek=1000000 conv=notrunc 2>/dev/null
: >"$tree/$(printf 'bytes\377\001\n')"
head -c 3000000 /dev/urandom >"$tree/large"
long=$(printf '%0200d' 0)
mkdir "$tree/$long"
: >"$tree/$long/$long"
chmod 1777 "$tree/sticky"
# More levels than are kept open.
steps=$(printf 'level/%.0s' $(seq 70))
mkdir -p "$tree/$steps"
: >"$tree/${steps}file"
find "$tree/level" -depth -exec touch -h -d '2001-02-03 04:05:06.789' {} +
chmod 0 "$tree/sub/deep"
chown 4294967294:3000000000 "$tree/large"
python3 -c 'import os,sys
os.setxattr(sys.argv[1], "user.name", b"va\0lue")' "$tree/large" 2>/dev/null
touch -h -d '1999-12-31 23:59:59.123456789' "$tree/outside" "$tree/sub/deep" "$tree/bin/tool" "$tree"
touch -d '1960-01-01' "$tree/sub"
rm -rf expected
for form in gnu pax; do
	tar -C "$tree" --format="$form" --sparse --numeric-owner --xattrs --xattrs-include='*' \
		-cf "$form.tar" . 2>/dev/null
	mkdir expected
	tar -C expected --numeric-owner --xattrs --xattrs-include='*' -xpf "$form.tar" 2>/dev/null
	rm -rf x
	check "a tar of form $form becomes what GNU tar makes of it" sh -c \
		'"$1/img-unpack" "$2.tar" x && "$3/tests/compare-trees" expected x' \
		sh "$tools" "$form" "$top"
	rm -rf expected
done
rm -rf x
check 'a locale and a umask change nothing' sh -c \
	'umask 077 && LC_ALL=C "$1/img-unpack" pax.tar x && "$2/tests/compare-trees" tree x' \
	sh "$tools" "$top"
rm -rf x
check 'nor the mode of directories that have no entry' prints '755 755' sh -c \
	'umask 077 && "$1/img-unpack" archives/absolute.tar x && echo $(stat -c %a x x/canary)' sh "$tools"
rm -rf x
"$tools/img-unpack" pax.tar x
check 'holes stay holes' sh -c '[ "$(stat -c %b x/sparse)" -lt 100 ]'
rm -rf x
check 'a stream comes through standard input' sh -c \
	'cat pax.tar | "$1/img-unpack" - x && "$2/tests/compare-trees" tree x' sh "$tools" "$top"
for kind in 'gzip -c' 'zstd -qc' 'xz -c' 'bzip2 -c'; do
	$kind pax.tar >packed
	rm -rf x
	check "what ${kind% *} made is told by its content" sh -c \
		'"$1/img-unpack" packed x && "$2/tests/compare-trees" tree x' sh "$tools" "$top"
done
rm -rf x

# ---------------------------------------------------------------- digests, sizes, limits
gzip -nc pax.tar >pax.tar.gz
digest=sha256:$(sha256sum <pax.tar.gz) digest=${digest%% *}
diff_id=sha256:$(sha256sum <pax.tar) diff_id=${diff_id%% *}
size=$(stat -c %s pax.tar.gz)
none=sha256:0000000000000000000000000000000000000000000000000000000000000000
check 'it prints digest, diff-id and size' prints "digest $digest
diff-id $diff_id
size $size" unpack --print pax.tar.gz x
rm -rf x
check 'it prints nothing otherwise' prints '' unpack --digest "$digest" --diff-id "$diff_id" \
	--size "$size" pax.tar.gz x
rm -rf x
gone() { fails "$@" && [ ! -e x ]; }
check 'another digest is refused, and the directory gone' gone 125 '*digest*pax.tar.gz*sha256:*' \
	unpack --digest "$none" pax.tar.gz x
check 'another diff-id is refused' gone 125 '*diff-id*pax.tar.gz*sha256:*' \
	unpack --diff-id "$none" pax.tar.gz x
check 'another size is refused' gone 125 '*size*pax.tar.gz*' unpack --size 1 pax.tar.gz x
check 'a digest of another form is refused' gone 125 '*sha256:12*' \
	unpack --digest sha256:12 pax.tar.gz x
check 'too many bytes are refused' gone 125 '*--limit-bytes*' unpack --limit-bytes 5000000 pax.tar.gz x
check 'too many entries are refused' gone 125 '*--limit-entries*' unpack --limit-entries 5 pax.tar.gz x
check 'too deep a name is refused' gone 125 '*--limit-depth*' unpack --limit-depth 2 pax.tar.gz x
check 'a bomb is refused by its ratio' refused bomb.tar.bz2 '*f:*--limit-ratio*'

# ---------------------------------------------------------------- the directory
mkdir there
echo old >there/file
check 'a directory that is there keeps what it has' sh -c \
	'"$1/img-unpack" pax.tar there && [ -e there/file ] && [ -e there/large ]' sh "$tools"
check 'and is not removed after a failure' sh -c \
	'! "$1/img-unpack" archives/no-end.tar there 2>/dev/null && [ -e there/file ]' sh "$tools"
check 'a file as the directory is refused' fails 125 '*canary/file*Not a directory*' \
	unpack pax.tar canary/file
check 'a directory without a parent is refused' fails 125 '*nowhere/x*No such file*' \
	unpack pax.tar nowhere/x
check 'a missing archive is refused, and nothing made' gone 125 '*missing.tar*No such file*' \
	unpack missing.tar x
mkfifo fifo
check 'a FIFO as the archive does not block' gone 125 '*fifo*not a regular file*' \
	timeout 5 "$tools/img-unpack" fifo x
check 'a device as the archive is refused' gone 125 '*/dev/zero*not a regular file*' \
	timeout 5 "$tools/img-unpack" /dev/zero x
check 'a directory as the archive is refused' gone 125 '*canary*' unpack canary x

# ---------------------------------------------------------------- out of it
for name in dotdot absolute symlink-absolute symlink-chain symlink-dotdot symlink-file \
	hardlink-to-link hardlink-to-itself root-directory replaced-inside replaced-above-inside \
	replaced-file \
	control pax-bytes pax-long devices deep uid-largest xattrs zeros; do
	check "$name stays inside" made "$name.tar"
	case $name in
	dotdot) check '.. stops at the top' test -e x/canary/dotdot2 ;;
	symlink-chain) check 'links are followed inside' test -e x/canary/new ;;
	symlink-dotdot) check '.. after a link goes up from where it leads' test -e x/up ;;
	symlink-file) check 'a link is replaced, not followed' holds x/l evil ;;
	hardlink-to-itself) check 'its content is kept' holds x/f kept ;;
	replaced-inside) check 'what comes later goes where the link leads' holds x/e/b new ;;
	replaced-above-inside) check 'a branch that is gone is not used on' holds x/other/e/2 2 ;;
	replaced-file) check 'a directory takes the place of a file' holds x/f/g 3 ;;
	root-directory) check 'its mode is set' sh -c '[ "$(stat -c %a x)" = 711 ]' ;;
	pax-bytes) check 'bytes of names are kept, valid or not' test -e \
		"$(printf 'x/n\377\376-\303')" -a -e "$(printf 'x/e\314\201')" -a -e "$(printf 'x/u\377')" ;;
	uid-largest) check 'the largest id is kept' sh -c '[ "$(stat -c %u x/f)" = 4294967294 ]' ;;
	xattrs) check 'no attribute of overlayfs is set' prints "['user.kept']" python3 -c \
		'import os; print(os.listxattr("x/f"))' ;;
	esac
done
rm -rf x
check 'links that lead nowhere inside are refused' all_refused '*No such file*' \
	symlink.tar symlink-proc.tar hardlink-dotdot.tar hardlink-absolute.tar \
	hardlink-through.tar hardlink-to-nothing.tar replaced.tar replaced-above.tar
check 'a link to itself is refused' refused symlink-loop.tar '*l/x*Too many levels*'
check 'a hard link to a directory is refused' refused hardlink-to-directory.tar '*h: to a directory*'
check 'the root of the tree stays a directory' all_refused '*only a directory*' root-symlink.tar \
	root-symlink-slash.tar root-symlink-empty.tar root-symlink-up.tar root-hardlink.tar
check 'ids that are none are refused' all_refused '*f: *id * out of range*' uid-minus.tar \
	uid-base256.tar uid-base256-minus.tar uid-pax.tar uid-pax-minus.tar uid-pax-last.tar gid-pax.tar
check 'claims of size are refused' all_refused '*' size-base256.tar size-minus.tar \
	size-sparse.tar size-sparse-most.tar pax-size-lies.tar
check 'a message has no control characters' refused control-refused.tar '*a\\x1b]0;evil\\x07b: user id*'
check 'broken headers are refused' all_refused '*' pax-broken.tar pax-many.tar name-empty.tar \
	name-long.tar too-deep.tar xattr-long.tar kind.tar file-as-directory.tar root-file.tar

# ---------------------------------------------------------------- layers
made_overlay() {
	rm -rf x
	unpack --whiteouts overlay archives/layer.tar x &&
		[ "$(stat -c '%F %t:%T' x/d/.wh.gone x/d/gone x/tree 2>/dev/null)" = \
			"$(printf 'character special file 0:0\ncharacter special file 0:0')" ] &&
		[ "$(python3 -c 'import os; print(os.getxattr("x/o", "trusted.overlay.opaque"))')" = "b'y'" ]
}
lower() {
	rm -rf x
	mkdir -p x/d x/o/sub x/tree/deep
	touch x/d/gone x/d/stays x/o/old x/o/sub/old x/tree/deep/f
	# Whose change time is renewed when another name of theirs is taken away.
	ln x/o/old x/o/old-too
	ln x/o/old x/o/sub/old-too
	ln x/d/gone x/o/gone
}
layered() { lower && unpack "$@" x && unharmed; }
list() { (cd x && find . ! -name . | sort | tr '\n' ' '); }
check 'a layer is unpacked over another' layered archives/layer.tar
check 'its whiteouts delete what it hides' prints './d ./d/new ./d/stays ./o ./o/new ' list
check 'an opaque directory keeps what the layer brought before' layered archives/layer-opaque-late.tar
check 'and nothing else' prints './d ./d/gone ./d/stays ./o ./o/new ./o/sub ./o/sub/new ./tree ./tree/deep ./tree/deep/f ' list
check 'whiteouts become those of overlayfs' made_overlay
check 'a whiteout of .. is refused' all_refused '*whiteout*' whiteout-dotdot.tar whiteout-dot.tar \
	whiteout-nothing.tar
check 'a whiteout through a link stays inside' refused whiteout-through.tar '*No such file*'

# ---------------------------------------------------------------- access control lists
acls() { python3 -c 'import os,sys
for name in sys.argv[1:]:
	print(name, [key for key in os.listxattr(name, follow_symlinks=False) if "acl" in key])' "$@"; }
check 'access control lists are set' made acl.tar
check 'and given to no entry that has none itself' prints "x/d ['system.posix_acl_default']
x/d/f []
x/d/sub []
x/d/fifo []
x/f ['system.posix_acl_access']" acls x/d x/d/f x/d/sub x/d/fifo x/f
check 'nor do they change a mode' prints '644 755 600' sh -c \
	'echo $(stat -c %a x/d/f x/d/sub x/d/fifo)'

# ---------------------------------------------------------------- not an archive
check 'several members are one archive' sh -c 'for kind in gz xz bz2; do
	rm -rf x; "$1/img-unpack" "archives/members.tar.$kind" x && [ -s x/d/f ] || exit 1; done' \
	sh "$tools"
check 'other formats are refused' all_refused '*not a tar*' seven.7z zip.zip cpio.tar ar.tar \
	mtree.tar garbage.tar text.tar
check 'other compressions are refused' all_refused '*not a tar*' lz4.tar lrzip.tar lzop.tar \
	compress.tar uu.tar
check 'an image of a CD is refused' refused iso.tar '*after the end*'
check 'an empty file is refused' refused empty.tar '*empty*'
check 'gzip: a wrong check sum is refused' refused crc.tar.gz '*check sum*'
check 'gzip: a wrong length is refused' refused isize.tar.gz '*check sum*'
check 'gzip: bytes after its end are refused' refused garbage-after.tar.gz '*after its end*'
check 'xz: a wrong check sum is refused' refused xz-crc.tar.xz '*damaged xz*'
check 'tar: a wrong check sum is refused' refused checksum-second.tar '*check sum of a header*'
check 'tar: a first wrong check sum is refused' refused checksum.tar '*'
check 'tar: bytes after its end are refused' refused after-end.tar '*after the end*'
check 'tar: an end without its zeros is refused' all_refused '*truncated*' no-end.tar one-zero-block.tar

# Cut at many places: in headers, in content, between; compressed and not.
cut_everywhere() {
	size=$(stat -c %s "$1") at=0
	while [ "$at" -lt "$2" ]; do
		head -c "$at" "$1" >part
		rm -rf x
		if "$tools/img-unpack" part x 2>said || [ -e x ]; then
			echo "cut at $at of $size"
			return 1
		fi
		at=$((at + $3))
	done
}
check 'a tar that is cut anywhere is refused' cut_everywhere archives/good.tar 8192 509
for kind in gz xz bz2; do
	check "a tar.$kind that is cut anywhere is refused" cut_everywhere "archives/good.tar.$kind" \
		"$(stat -c %s "archives/good.tar.$kind")" 13
done
zstd -qc archives/good.tar >archives/good.tar.zst
check 'a tar.zst that is cut anywhere is refused' cut_everywhere archives/good.tar.zst \
	"$(stat -c %s archives/good.tar.zst)" 13

# ---------------------------------------------------------------- its processes
head -c 300000000 /dev/zero >zeros
tar -cf zeros.tar zeros
rm zeros
mkfifo feed
# started: an unpacking that waits for more of its archive.
start() {
	rm -rf x
	"$tools/img-unpack" - x <feed 2>said &
	tool=$!
	exec 9>feed
	head -c 2000000 zeros.tar >&9
	wait_until test -s x/zeros
}
has_ended() { case $(status_of "$1" State) in Z* | '') ;; *) false ;; esac; }
stop() {
	status=0
	# The archive must not end before the tool does.
	wait_until has_ended "$tool" || kill -KILL "$tool"
	wait "$tool" || status=$?
	exec 9>&-
	if [ "$status" != "$1" ] || [ -e x ]; then
		echo "status $status"
		cat said
		return 1
	fi
}
children() { cat /proc/"$1"/task/*/children 2>/dev/null; }
# status_of PID FIELD
status_of() { sed -n "s/^$2:[[:space:]]*//p" "/proc/$1/status"; }
start
# shellcheck disable=SC2046 # two numbers
set -- $(children "$tool")
reader=$1 writer=$2
check 'what parses has no capability' prints 0000000000000000 status_of "$reader" CapPrm
if grep -q __asan_init "$tools/img-unpack"; then
	skip 'what parses is under a filter' 'the sanitizers need more calls'
else
	check 'what parses is under a filter' prints 2 status_of "$reader" Seccomp
fi
check 'what parses has the pipe open and nothing else' prints 0 ls "/proc/$reader/fd"
check 'what writes has the capabilities that the tool declares' prints 000000008800001b \
	status_of "$writer" CapPrm
check 'what writes gets no new privileges' prints 1 status_of "$writer" NoNewPrivs
kill -KILL "$reader"
check 'when the parser is killed, all ends and the directory is gone' stop 125
start
# shellcheck disable=SC2046
set -- $(children "$tool")
kill -KILL "$2"
check 'when the writer is killed, all ends and the directory is gone' stop 137
start
kill -TERM "$tool"
check 'after SIGTERM all ends and the directory is gone' stop 143
start
# shellcheck disable=SC2046
set -- $(children "$tool")
kill -KILL "$tool"
wait "$tool" 2>/dev/null
ended() { for process; do [ ! -d "/proc/$process/fd" ] || ! ls "/proc/$process/fd" >/dev/null 2>&1 ||
	[ -z "$(ls "/proc/$process/fd")" ] || return 1; done; }
check 'when the tool is killed, its processes end' wait_until ended "$1" "$2"
exec 9>&-
rm -rf x

done_testing
