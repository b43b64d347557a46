# SPDX-License-Identifier: MIT
# What the tests of the state-* jobs share. Sourced after lib.sh.

state=$CONTAINER_TOOLS_ROOT
locks=$CONTAINER_TOOLS_RUN/locks
mkdir -p "$locks"

# id N: an ID that begins with N.
id() {
	printf '%s%064d' "$1" 0 | head -c 64
}

# job NAME OPTION...: with the directories.
job() {
	name=$1
	shift
	"$tools/state-$name" --root "$state" --run "$CONTAINER_TOOLS_RUN" "$@"
}

# new ID OPTION...: as a script does, which ends afterwards, so that nobody holds the lock.
new() {
	(
		new=$1
		shift
		exec 8>"$locks/$new"
		job new --id "$new" --lock-fd 8 "$@"
	)
}

# ended ID CODE [OPTION...]: a container that was made and has ended.
ended() {
	(
		ended=$1 code=$2
		shift 2
		exec 8>"$locks/$ended"
		job new --id "$ended" --lock-fd 8 "$@" &&
			job end --id "$ended" --lock-fd 8 --exit-code "$code"
	)
}

# hold ID OPTION...: make a container that stays alive until "let_go ID".
hold() {
	held=$1
	shift
	mkfifo "$work/hold.$held"
	(
		exec 8>"$locks/$held"
		job new --id "$held" --lock-fd 8 "$@" || exit
		echo >"$work/held.$held"
		read -r _ <"$work/hold.$held"
	) &
	wait_until test -e "$work/held.$held"
}

let_go() {
	echo >"$work/hold.$1"
	wait_until flock --nonblock "$locks/$1" true
	rm -f "$work/hold.$1" "$work/held.$1"
}

value() {
	cat "$state/containers/$1/$2"
}

# all_gone: nothing of any container is left.
all_gone() {
	left=$(find "$state" "$CONTAINER_TOOLS_RUN" -mindepth 2)
	[ -z "$left" ] || { echo "left: $left" | head -c 2000; return 1; }
}

absent() {
	for path; do
		[ ! -e "$path" ] && [ ! -L "$path" ] || { echo "$path is there"; return 1; }
	done
}

# verb VERB WORD...: a pipeline as the front starts it.
verb() {
	verb=$1
	shift
	"$tools/opt-parse" --table "$top/pipelines/$verb.options" -- "$top/pipelines/$verb" "$@"
}

# forget: begin anew.
forget() {
	rm -rf "${state:?}"/*/* "${locks:?}"/*
}
