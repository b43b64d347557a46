#!/bin/sh
# img-layer: an archive is unpacked once for its content, whole or not at all.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

root=$work/state
mkdir -p "$work/tree/bin"
echo one >"$work/tree/file"
tar -C "$work/tree" -czf "$work/a.tar.gz" .
# A stand-in that counts before it unpacks.
cat >"$work/unpack" <<'U'
#!/bin/sh
echo run >>"$work/runs"
exec "$tools/img-unpack" "$@"
U
chmod +x "$work/unpack"
layer() { "$tools/img-layer" --root "$root" --unpack "$work/unpack" "$@"; }
runs() { [ "$(wc -l <"$work/runs")" = "$1" ]; }

check 'the directory has the files' prints one sh -c 'cat "$("$tools/img-layer" --root "$1" \
	--unpack "$work/unpack" "$work/a.tar.gz")"/file' sh "$root"
digest=$(zcat "$work/a.tar.gz" | sha256sum)
digest=${digest%% *}
check 'it is named by the digest of the tar' prints "$root/layers/$digest" layer "$work/a.tar.gz"
check 'the second call does not unpack' runs 1
cp "$work/a.tar.gz" "$work/b.tar.gz"
check 'another file of the same content is the same layer' prints "$root/layers/$digest" \
	layer "$work/b.tar.gz"
check 'which is not unpacked again' runs 1
echo two >"$work/tree/file"
tar -C "$work/tree" -czf "$work/a.tar.gz" .
changed() { [ "$(cat "$(layer "$work/a.tar.gz")/file")" = two ]; }
check 'an archive that changed is unpacked anew' changed
rm -rf "$root/layers/$digest"
again() { [ "$(cat "$(layer "$work/b.tar.gz")/file")" = one ]; }
check 'a layer that was removed is unpacked again' again

: >"$work/runs"
echo three >"$work/tree/file"
tar -C "$work/tree" -czf "$work/c.tar.gz" .
race() {
	pids=
	for number in 1 2 3 4 5; do
		layer "$work/c.tar.gz" >"$work/said.$number" &
		pids="$pids $!"
	done
	for pid in $pids; do wait "$pid" || return 1; done
	sort -u "$work"/said.? | wc -l | grep -qx 1 && runs 1
}
check 'five first calls at once unpack once' race

head -c 100 "$work/c.tar.gz" >"$work/short.tar.gz"
before=$(ls -A "$root/layers")
check 'a truncated archive fails with what is wrong' fails 125 '*img-unpack: *' layer "$work/short.tar.gz"
unchanged() { [ "$(ls -A "$root/layers")" = "$before" ]; }
check 'and leaves nothing' unchanged

# Killed in the middle: the next call cleans up, says so, and unpacks.
cat >"$work/slow" <<'U'
#!/bin/sh
for word; do target=$word; done
mkdir "$target"
echo half >"$target/file"
echo ready >"$work/ready"
exec busybox sleep 1000
U
chmod +x "$work/slow"
mkfifo "$work/ready"
killed() {
	"$tools/img-layer" --root "$root" --unpack "$work/slow" "$work/d.tar.gz" &
	read -r _ <"$work/ready"
	slow=$(cat "/proc/$!/task/$!/children")
	kill -KILL "$!"
	wait "$!" || :
	wait_until sh -c '! kill -0 $1 2>/dev/null' sh "$slow" || { echo 'it goes on unpacking'; return 1; }
	ls -d "$root"/layers/.new.*/files >/dev/null &&
		[ "$(cat "$(layer "$work/d.tar.gz" 2>"$work/said")/file")" = four ] &&
		grep -q 'did not end' "$work/said" && ! ls -d "$root"/layers/.new.* 2>/dev/null
}
echo four >"$work/tree/file"
tar -C "$work/tree" -czf "$work/d.tar.gz" .
echo five >"$work/tree/file"
tar -C "$work/tree" -czf "$work/e.tar.gz" .
check 'what a killed call left is removed by the next, which says so' killed
check 'nothing is taken for abandoned between its making and its lock' exits 124 \
	flock "$root/layers" timeout 1 "$tools/img-layer" --root "$root" --unpack "$tools/img-unpack" "$work/e.tar.gz"
check 'a caller that ignores its children is no matter' succeeds timeout 20 perl -e \
	'$SIG{CHLD} = "IGNORE"; exec @ARGV' "$tools/img-layer" --root "$root" --unpack "$tools/img-unpack" "$work/e.tar.gz"

mkfifo "$work/fifo"
check 'a FIFO is refused and does not block' fails 125 '*not a regular file*' layer "$work/fifo"
check 'a missing archive is named' fails 125 '*/nowhere*' layer /nowhere
check 'nobody else can enter the layers' prints 700 stat -c %a "$root/layers"

done_testing
