#!/bin/sh
# completion: what bash, zsh and fish offer for the verbs, and that table, help, page and completion
# say the same.
# shellcheck source=tests/lib.sh disable=SC2016,SC2154
. "${0%/*}/lib.sh"

[ -e "$tools/completion/container.bash" ] || skip_all 'completion is not built: make'
completion=$tools/completion

# A front that knows an image and two containers.
mkdir "$work/bin" "$work/here"
cat >"$work/bin/container" <<'END'
#!/bin/sh
[ ! -e "$FORBIDDEN" ] || exit 125
case "$*" in
'images --quiet') echo busybox; echo debian ;;
"ps --all --format {{.Names}}") echo web; echo db-1 ;;
esac
END
chmod +x "$work/bin/container"
touch "$work/here/file.env" "$work/here/fine"
mkdir "$work/here/folder"
PATH=$work/bin:$PATH
export FORBIDDEN="$work/forbidden"
touch "$CONTAINER_TOOLS_IMAGES/own.tar.gz" "$CONTAINER_TOOLS_IMAGES/other.tar"
cd "$work/here" || exit

# bash asks for the words before the cursor, cut at = and :.
cat >"$work/in-bash" <<'END'
. "$1"
shift
COMP_WORDS=(container)
for word; do COMP_WORDS+=("$word"); done
COMP_CWORD=$#
compopt() { :; }
_container container
printf '%s\n' "${COMPREPLY[@]}" | sort | tr '\n' ' '
END
in_bash() { bash "$work/in-bash" "$completion/container.bash" "$@"; }

# Both at once, for what the shells must agree on. fish takes the words as they are typed.
in_fish() {
	command="complete -C 'container $*'"
	fish --no-config -c "source $completion/container.fish; $command" |
		cut -f 1 | sort -u | tr '\n' ' '
}

# agree EXPECTED WORDS: LAST may be empty.
agree() {
	expected=$1
	shift
	# shellcheck disable=SC2086 # the words
	set -- "$expected" "$*"
	typed=$2
	cut=$(printf %s "$typed" | sed 's/\([=:]\)/ \1 /g')
	last=
	case $typed in *' ') last=yes ;; esac
	# shellcheck disable=SC2086
	set -- $cut
	[ -z "$last" ] || set -- "$@" ''
	case $# in 0) set -- '' ;; esac
	said=$(in_bash "$@")
	[ "${said% }" = "$expected" ] || { echo "bash, $typed: expected $expected, got $said"; return 1; }
	[ -z "$fish" ] || {
		said=$(in_fish "$typed")
		[ "${said% }" = "${fishes-$expected}" ] ||
			{ echo "fish, $typed: expected $expected, got $said"; return 1; }
	}
}
command -v fish >/dev/null && fish=yes || fish=

verbs=$(cut -f 2 "$completion/lines" | cut -d ' ' -f 1 | sort -u | tr '\n' ' ')
check 'the verbs come first' agree "--help --version ${verbs% }" ''
check 'as far as they are typed' agree 'rm run' r
check 'a verb of two words' agree check 'system '
check 'and its options' agree '--repair' 'system check --r'
check 'options' agree '--read-only --replace --rm --rootfs' 'run --r'
check 'after values and switches' agree '--cap-add --cap-drop' 'run -i --name x -m 3 --cap'
check 'images' agree 'busybox debian' 'run --rm '
check 'images, after a cluster with a value' agree 'busybox debian' 'run -ie A '
check 'images, as far as they are typed' agree debian 'run -e a --name x d'
touch "$FORBIDDEN"
check 'archives, for those who may not ask for images' agree 'other own' 'run --rm o'
rm "$FORBIDDEN"
check 'a value is no operand' agree '' 'run --name '
check 'nothing, where the command begins' agree '' 'run busybox --r'
check 'containers, all that are given' agree 'db-1 web' 'rm -f web '
check 'options after operands, where they may stand' agree '--force' 'rm web --f'
check 'none after --' agree '' 'rm -- --f'
check 'choices' agree 'bridge bridge: container: host netns: none' 'run --network '
check 'choices, as far as they are typed' agree 'bridge bridge:' 'run --network br'
fishes='--network=bridge --network=bridge:'
check 'choices after =' agree 'bridge bridge:' 'run --network=b'
unset fishes
check 'no operand for a verb that takes none' agree '' 'ps '
check 'verbs, after help' agree 'rm run' 'help r'
fishes='file.env fine folder/'
check 'files' agree 'file.env fine folder' 'run --env-file f'
unset fishes

# zsh: for real, typing a tab in a terminal of its own.
cat >"$work/in-zsh" <<'END'
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PS1=; fpath=($completion \$fpath); autoload -U compinit; compinit -D -u
zstyle ':completion:*' list-colors ''; zstyle ':completion:*' verbose no; unsetopt automenu listbeep
LISTMAX=1000; COLUMNS=40; LINES=200; echo rea\"\"dy"
zpty -r shell line '*ready*'
zpty -w -n shell "container $1"$'\t\t'
# The answer ends when nothing more comes, or with what was asked for.
said=
for try in {1..100}; do
	while zpty -r -t shell line; do said+=$line; done
	# Without the terminal's own language, and with one blank for many.
	print -r -- "$said" | sed $'s/\e\\[[0-9;?]*[a-zA-Z]//g' | tr -s '\r\n\a ' ' ' >$work/.zsh
	said_now=$(<$work/.zsh)
	[[ $said_now = ${~2} ]] && exit 0
	sleep 0.02
done
print -r -- $said_now
exit 1
END
export completion
# Patterns are matched against what is on the screen after the tab.
zsh_offers() { zsh -f "$work/in-zsh" "$2" "$1"; }
if command -v zsh >/dev/null; then
	check 'zsh offers verbs' zsh_offers '*images*run*' ''
	check 'zsh offers options, of those typed once not again' \
		zsh_offers '*--r --read-only --replace --rootfs *' 'run -e A --env B --rm --r'
	check 'zsh offers images' zsh_offers '*busybox debian *' 'run -ie A '
	check 'zsh completes an image' zsh_offers '*container run -i debian *' 'run -i d'
	touch "$FORBIDDEN"
	check 'zsh offers archives to those who may not ask' zsh_offers '*other own *' 'run --rm o'
	rm "$FORBIDDEN"
	check 'zsh offers containers' zsh_offers '*db-1 web *' 'rm x '
	check 'zsh offers choices' zsh_offers '*bridge container: netns: bridge: host none *' 'run --network '
	check 'zsh offers files' zsh_offers '*file.env fine folder/ *' 'run --env-file f'
	check 'zsh completes a verb of two words' zsh_offers '*system check --repair *' 'system check --r'
else
	skip 'zsh offers what the tables say' 'no zsh'
fi

# One source: what the table says is in the help, on the page and in the completion, and nothing
# else is.
page_of() {
	case $1 in
	help | version) echo "$top/pipelines/container.1" ;;
	*) echo "$top/pipelines/${1%%-*}.1" ;;
	esac
}
names() { sed -n "s/^$1	[^	]*	--\([^	]*\)	.*/\1/p" "$work/lines" | sort; }
same_everywhere() {
	table=$top/pipelines/$1.options
	page=$(page_of "$1")
	words=$("$tools/opt-print" "$table" | sed -n 's/^verb	\([^	]*\)	.*/\1/p')
	"$tools/opt-print" "$table" >"$work/lines"
	"$tools/opt-parse" --table "$table" -- true --help >"$work/help" || return 1
	sed -n 's/^  \(-.,\|   \) --\([a-z0-9-]*\).*/\2/p' "$work/help" | sort >"$work/in-help"
	names option | diff - "$work/in-help" || { echo "table and help of $1 differ"; return 1; }
	sed -n '/^Known, but/,$p' "$work/help" | tr ' ' '\n' | sed -n 's/^--//p' | sort >"$work/in-help"
	names unbuilt | diff - "$work/in-help" || { echo "table and help of $1 differ"; return 1; }
	grep '^option' "$work/lines" >"$work/expected"
	grep "^option	$words	" "$completion/lines" | sed "s/'\\\\''/'/g" | diff "$work/expected" - ||
		{ echo "table and completion of $1 differ"; return 1; }
	for file in container.bash _container container.fish; do
		# shellcheck disable=SC2251 # one that is missing is wrong
		! grep -vxF -f "$completion/$file" "$completion/lines" || return 1
	done
	[ -e "$page" ] || { echo "no page $page"; return 1; }
	grep -q '^option\|^unbuilt' "$work/lines" || return 0
	"$tools/opt-print" --form man "$table" >"$work/section"
	sed -n "/^.\\\\\" made by opt-print from .*\/$1.options/,/^.\\\\\" end of what opt-print/p" "$page" |
		sed '1d;$d' | diff "$work/section" - ||
		{ echo "table and page of $1 differ: make pages"; return 1; }
}
for table in "$top"/pipelines/*.options; do
	verb=${table##*/}
	verb=${verb%.options}
	check "$verb: table, help, page and completion say the same" same_everywhere "$verb"
done

done_testing
