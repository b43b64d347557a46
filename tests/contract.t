#!/bin/sh
# contract: what every tool promises (the conventions), held without a list: a new tool is tested
# as soon as its source is there.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

# Every long option that --help shows.
long_options() {
	"$1" --help | sed -n 's/^  \(-[a-zA-Z0-9],\|   \) --\([a-z0-9-]*\).*/\2/p'
}

documented() {
	for option in $(long_options "$tools/$1"); do
		# mdoc writes --name as Fl Fl name.
		grep -q "Fl Fl $option\\b" "$2" ||
			{ echo "--$option is not in $2"; return 1; }
	done
}

for source in "$top"/tools/*.c "$top"/tools/*/main.c; do
	[ -e "$source" ] || continue
	case $source in
	*/main.c) name=${source%/main.c} name=${name##*/} page=${source%/main.c}/$name.1 ;;
	*) name=${source##*/} name=${name%.c} page=${source%.c}.1 ;;
	esac
	tool=$tools/$name
	[ -e "$page" ] || page=$top/tools/$name.1

	check "$name has tests of its name" test -x "$top/tests/$name.t"
	check "$name has a clean man page" mandoc -Tlint -W warning "$page"
	check "$name --help goes to stdout, with 0" matches "usage: $name *" "$tool" --help
	check "$name --version says its name" matches "$name (container-tools) *" "$tool" --version
	check "$name --privileges prints two columns" matches 'uses	*hands-on	*' "$tool" --privileges
	check "$name: the page has every option" documented "$name" "$page"
	check "$name: an unknown option is 125 and named" fails 125 \
		"$name: *--no-such-option*" "$tool" --no-such-option
	# Some jobs can do without: all in their synopsis stands in brackets.
	needs=$("$tool" --help | sed -n '1{s/^usage: [a-z-]*//; s/\[[^]]*\]//g; s/[ .]//g; p;}')
	[ -z "$needs" ] || check "$name: no operands are 125, on one line" fails 125 "$name: *" "$tool"
	check "$name: a closed stdout is an error" fails 125 "$name: write: *" \
		sh -c '"$1" --help >/dev/full' sh "$tool"
	check "$name --status-fd records a failure as JSON" prints "$name" sh -c \
		'"$1" --status-fd 3 --no-such-option 3>&1 >/dev/null 2>&1 |
			python3 -c "import json,sys; print(json.loads(sys.stdin.readline())[\"step\"])"' \
		sh "$tool"
done

# The page on security names the tests that show what it says.
shown() {
	sed -n '/^\.Pa tests\//{N; s/^\.Pa \([^ ]*\) :\n\.Dq /\1 /p;}' "$top/pipelines/container-security.7" |
		while read -r file title; do
			grep -qF -- "$title" "$top/$file" || echo "$file has no such test: $title"
		done
}
check 'container-security(7) is a clean page' mandoc -Tlint -W warning "$top/pipelines/container-security.7"
check 'the tests that it names are there' prints '' shown

# Verbs: a table is the promise, the script keeps it.
for table in "$top"/pipelines/*.options; do
	verb=${table##*/} verb=${verb%.options}
	words=$(sed -n 's/^verb *container //p' "$table")
	check "container $words has its script" test -x "$top/pipelines/$verb"
	check "container $words is in container(1)" grep -q "^\.It Cm $words\\b" "$top/pipelines/container.1"
	# shellcheck disable=SC2086 # a verb may be two words
	check "container $words --help goes to stdout, with 0" matches "usage: container $words *" \
		"$top/container" $words --help
	# shellcheck disable=SC2086
	check "container $words: an unknown option is 125 and named" fails 125 \
		"container $words: *--no-such-option*" "$top/container" $words --no-such-option
done

done_testing
