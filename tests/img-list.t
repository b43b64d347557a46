#!/bin/sh
# img-list: what archives there are, and what is known of them.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

images=$work/images root=$work/state
list() { "$tools/img-list" --images "$images" --root "$root" "$@"; }
titles='REPOSITORY   TAG       IMAGE ID   CREATED   SIZE'
# archive NAME AGE BYTES
archive() {
	head -c "$3" /dev/zero >"$images/$1"
	touch -d "$2 seconds ago" "$images/$1"
}

check 'an empty directory is an empty list' prints "$titles" list
check 'and nothing in other forms' prints '' list --format json
check 'so is a missing one' prints "$titles" "$tools/img-list" --images /nowhere --root /nowhere
check 'a file in its place is an error' fails 125 '*read the directory: /etc/passwd: *' \
	"$tools/img-list" --images /etc/passwd --root "$root"

mkdir -p "$work/tree"
echo one >"$work/tree/file"
tar -C "$work/tree" -czf "$images/small.tar.gz" .
touch -d '130 seconds ago' "$images/small.tar.gz"
archive big.tar.xz 7300 4870000
archive tagged:1.0.tar.zst 3700 1234
check 'archives are images, the newest first' prints \
'REPOSITORY   TAG       IMAGE ID         CREATED             SIZE
small        latest    <not unpacked>   2 minutes ago       '"$(stat -c %s "$images/small.tar.gz")"'B
tagged       1.0       <not unpacked>   About an hour ago   1.23kB
big          latest    <not unpacked>   2 hours ago         4.87MB' list
check '--quiet prints their names' prints 'small
tagged:1.0
big' list --quiet
check 'one alone' prints small list -q small
check 'with its tag' prints small list -q small:latest
check 'with a tag of its own' prints tagged:1.0 list -q tagged:1.0
check 'not by the name without it' prints '' list -q tagged
check 'not by the beginning of its name' prints '' list -q smal
check 'one that is not there is none' prints "$titles" list other

digest=$(zcat "$images/small.tar.gz" | sha256sum)
digest=${digest%% *}
"$tools/img-layer" --root "$root" --unpack "$tools/img-unpack" "$images/small.tar.gz" >/dev/null
id() { prints "$1" list --format '{{.ID}}' small; }
check 'an unpacked one has an ID' id "$(printf %.12s "$digest")"
check '--no-trunc shows all of it' prints "sha256:$digest" list --no-trunc --format '{{.ID}}' small
touch -d '131 seconds ago' "$images/small.tar.gz"
check 'one that has changed since is not unpacked' id '<not unpacked>'
touch -d '130 seconds ago' "$images/small.tar.gz"
"$tools/img-layer" --root "$root" --unpack "$tools/img-unpack" "$images/small.tar.gz" >/dev/null
mv "$root/layers/$digest" "$work/layer"
check 'one whose layer is gone is not unpacked' id '<not unpacked>'
ln -s "$work/layer" "$root/layers/$digest"
check 'a link is no layer' id '<not unpacked>'
rm "$root/layers/$digest"
mv "$work/layer" "$root/layers/$digest"

check 'a table of a template' prints 'ARCHIVE        TAG
small.tar.gz   latest' list --format 'table {{.Archive}}\t{{.Tag}}' small
check 'JSON is JSON, an object a line' prints 'small latest small.tar.gz
tagged 1.0 tagged:1.0.tar.zst
big latest big.tar.xz' sh -c '"$@" | python3 -c "
import json, sys
for line in sys.stdin:
	x = json.loads(line)
	print(x[\"Repository\"], x[\"Tag\"], x[\"Archive\"])"' \
	sh "$tools/img-list" --images "$images" --root "$root" --format json
check 'a field that is not there is refused, with those that are' \
	fails 125 '*--format: {{.Names}}: *.Repository*' list --format '{{.Names}}'
sizes() {
	for pair in 0:0B 999:999B 999999:1MB 1000:1kB 1005000:1MB 12345678:12.3MB; do
		rm -f "$images/x.tar"
		truncate -s "${pair%:*}" "$images/x.tar"
		prints "${pair#*:}" list --format '{{.Size}}' x || return 1
	done
	rm "$images/x.tar"
}
check 'sizes are said as Docker says them' sizes

# ---- several of the same name ----
archive two.tar.zst 0 1
archive two.tar.gz 100 1
first() { prints "$1" list --format '{{.Archive}}' two; }
check 'of two archives of a name one is listed, the first' first two.tar.gz
archive two.tar 200 1
check 'the plain one is before all' first two.tar
rm "$images"/two.*
archive a.tar.tar.gz 0 1
check 'an archive may have two names' prints 'a
a.tar' eval 'list -q | grep ^a'
rm "$images/a.tar.tar.gz"

# ---- what is no image ----
before=$(list -q)
mkdir "$images/folder.tar.gz"
mkfifo "$images/fifo.tar.gz"
ln -s /nowhere "$images/dangling.tar.gz"
touch "$images/.hidden.tar.gz" "$images/readme" "$images/tarred.gz" "$images/.tar"
check 'what is no archive is not listed, silently' fails 0 '' list -q
same() { [ "$(list -q 2>/dev/null)" = "$before" ]; }
check 'at all' same
ln -s small.tar.gz "$images/linked.tar.gz"
check 'a link to an archive is one' prints linked list -q linked
rm "$images/linked.tar.gz"
evil=$(printf 'e\033[31m\nvil')
touch "$images/$evil.tar.gz"
check 'a name with control characters is not listed' same
check 'and named, harmlessly' fails 0 'img-list: list: e\\x1b\[31m\\x0avil.tar.gz: no image: *' list
touch "$images/two words.tar" "$images/-x.tar"
check 'nor one that run would not take' fails 0 '*two words.tar: no image*' list
check 'one that begins with a dash is listed' prints '-x' list -q -- -x

printf x >"$images/other.tar"
many() {
	( prlimit --pid "$(exec sh -c 'echo $PPID')" --nofile=16
	i=0
	while [ "$i" -lt 500 ]; do i=$((i + 1)); : >"$images/many$i.tar"; done
	list -q 2>/dev/null | grep -c many )
}
check 'five hundred are listed with few fds' prints 500 many
rm "$images"/many*
check 'a full disk under the output is an error' fails 125 '*write: standard output: *' \
	sh -c '"$@" >/dev/full' \
	sh "$tools/img-list" --images "$images" --root "$root" -q

# ---- the verb, and what run takes ----
front() { "$top/container" "$@"; }
check 'container images lists them' prints small front images -q small
check 'options, before and after' prints "small sha256:$digest" \
	front images --no-trunc small --format '{{.Repository}} {{.ID}}'
check 'a switch that is off' matches 'REPOSITORY*' front images --quiet=false --no-trunc=false small
check 'image ls is the same' prints small front image ls -q small
check 'a name that begins with a dash' prints -x front images -q -- -x
check 'two names are refused' fails 125 '*' front images a b
cp "$images/small.tar.gz" "$images/pair.tar.zst"
echo two >"$work/tree/file"
tar -C "$work/tree" -czf "$images/pair.tar.gz" .
taken() {
	layer=$(front run --network none --explain "$1" x | sed -n 's/.*--lower \([^ ]*\) .*/\1/p')
	[ "sha256:${layer##*/}" = "$(list --no-trunc --format '{{.ID}}' "$1")" ] ||
		{ echo "run takes $layer"; list --no-trunc; return 1; }
}
check 'what is listed is what run takes' taken pair
check 'with the tag latest, too' taken pair:latest
rm "$images/pair.tar.gz"
check 'also when the first has gone' taken pair

done_testing
