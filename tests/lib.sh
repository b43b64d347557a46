# SPDX-License-Identifier: MIT
# What every test file sources. A test is one line: a title that says what it proves, a way to
# judge, a command. Output is TAP; a failure shows what the command said.
#
#	check 'the root is the directory' prints '/bin' pivot /bin/sh -c 'echo /*'
#
# The judges: exits N, prints TEXT (on stdout, without the last newline, status 0), matches PATTERN
# (stdout, a case pattern, status 0), fails N PATTERN (status, and stderr matching a case pattern),
# succeeds (status 0), and any function of the test's own.
#
# Set by tests/isolate: $work (an empty directory on a tmpfs of the test's own), $tools (where the
# programs are), $top (the source tree), $CONTAINER_TOOLS_* (state of the test's own). The file runs
# in its own mount, network and pid namespace; what it leaves there fails it.

set -u
case ${work-} in
'') exec "${0%/*}/isolate" "$0" "$@" ;;
esac

# shellcheck disable=SC2269 # as isolate has set them
work=$work top=$top tools=$tools
count=0
failed=0

# check TITLE JUDGE...
check() {
	title=$1
	shift
	count=$((count + 1))
	if "$@" >"$work/.said" 2>&1; then
		printf 'ok %d - %s\n' "$count" "$title"
	else
		failed=$((failed + 1))
		printf 'not ok %d - %s\n' "$count" "$title"
		printf '# ran: %s\n' "$*" | head -n 20
		sed 's/^/# /' "$work/.said" | head -n 60
	fi
}

# skip TITLE REASON: a single test that cannot run here.
skip() {
	count=$((count + 1))
	printf 'ok %d - %s # SKIP %s\n' "$count" "$1" "$2"
}

# skip_all REASON: the whole file.
skip_all() {
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

run() {
	status=0
	"$@" >"$work/.out" 2>"$work/.err" || status=$?
}

show() {
	printf 'status: %s\nstdout:\n' "$status"
	head -c 4000 "$work/.out"
	printf 'stderr:\n'
	head -c 4000 "$work/.err"
}

exits() {
	expected=$1
	shift
	run "$@"
	[ "$status" = "$expected" ] || { show; return 1; }
}

succeeds() {
	exits 0 "$@"
}

prints() {
	expected=$1
	shift
	run "$@"
	[ "$status" = 0 ] && [ "$(cat "$work/.out")" = "$expected" ] ||
		{ printf 'expected:\n%s\n' "$expected"; show; return 1; }
}

matches() {
	expected=$1
	shift
	run "$@"
	# shellcheck disable=SC2254 # a pattern is what is wanted
	[ "$status" = 0 ] && case $(cat "$work/.out") in $expected) ;; *) false ;; esac ||
		{ printf 'expected: %s\n' "$expected"; show; return 1; }
}

fails() {
	expected=$1
	pattern=$2
	shift 2
	run "$@"
	# shellcheck disable=SC2254
	[ "$status" = "$expected" ] && case $(cat "$work/.err") in $pattern) ;; *) false ;; esac ||
		{ printf 'expected status %s, message %s\n' "$expected" "$pattern"; show; return 1; }
}

# wait_until COMMAND...: poll until it succeeds, for at most 30 seconds (a machine may be busy).
wait_until() {
	attempts=3000
	until "$@"; do
		attempts=$((attempts - 1))
		[ "$attempts" -gt 0 ] || return 1
		busybox usleep 10000
	done
}

# rootfs DIRECTORY: a small root file system, busybox with its applets.
rootfs() {
	mkdir -p "$1/bin" "$1/etc" "$1/proc" "$1/sys" "$1/dev" "$1/tmp" "$1/root"
	cp /bin/busybox "$1/bin/busybox"
	for applet in $("$1/bin/busybox" --list); do
		[ "$applet" = busybox ] || ln -sf busybox "$1/bin/$applet"
	done
	printf 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:1000::/home:/bin/sh\n' >"$1/etc/passwd"
	printf 'root:x:0:\nuser:x:1000:\nextra:x:2000:user\n' >"$1/etc/group"
}

done_testing() {
	printf '1..%d\n' "$count"
	[ "$failed" = 0 ]
}
