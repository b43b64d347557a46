#!/bin/sh
# tty-open: a terminal in the container's own devpts, and nowhere else.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

rootfs "$work/root"
export PATH="$tools:$PATH" PYTHONDONTWRITEBYTECODE=1

# receiver NUMBER PROGRAM...: run it with a socket as that fd; then print what came with the master,
# and what the terminal said.
cat >"$work/receiver" <<'PY'
import array, os, socket, sys
ours, theirs = socket.socketpair()
pid = os.fork()
if not pid:
	os.dup2(theirs.fileno(), int(sys.argv[1]))
	os.execvp(sys.argv[2], sys.argv[2:])
theirs.close()
text, control, _, _ = ours.recvmsg(100, socket.CMSG_SPACE(64))
said = b''
if control:
	master = array.array('i', control[0][2])
	print(len(master), text.decode(), flush=True)
	try:
		while part := os.read(master[0], 4096):
			said += part
	except OSError:
		pass
sys.stdout.write(said.decode().replace('\r', ''))
sys.stdout.flush()
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
receive() { timeout 20 python3 "$work/receiver" "$@"; }
inside() {
	receive 12 ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- \
		tty-open --root "$work/root" --console-fd 12 -- chroot-pivot --root "$work/root" -- "$@"
}
check 'the master comes with the name, and says what is written' prints '1 /dev/pts/0
hello' inside /bin/echo hello
check 'the slave is fds 0, 1 and 2, and the socket is closed' prints '1 /dev/pts/0
88:0 88:0 88:0' inside /bin/sh -c 'cd /proc/self/fd; ls -d 12 2>/dev/null; echo $(stat -L -c %t:%T 0 1 2)'
check 'it is the controlling terminal' prints '1 /dev/pts/0
hello' inside /bin/sh -c 'echo hello >/dev/tty'
check 'the console is the same terminal' prints '1 /dev/pts/0
hello' inside /bin/sh -c 'echo hello >/dev/console'
check 'the console is a mount of its own, of devpts, without setuid and programs' prints '1 /dev/pts/0
/0 /dev/console devpts' inside /bin/sh -c \
	'grep " /dev/console rw,nosuid,noexec" /proc/self/mountinfo | sed "s/.* \(\/0\) \([^ ]*\) .* - \([^ ]*\) .*/\1 \2 \3/"'
check 'the status is that of the program' exits 7 inside /bin/sh -c 'exit 7'
check 'a missing program is 127' exits 127 inside /nowhere

# With a path.
cat >"$work/listener" <<'PY'
import array, os, socket, sys
server = socket.socket(socket.AF_UNIX)
server.bind(sys.argv[1])
server.listen()
pid = os.fork()
if not pid:
	os.execvp(sys.argv[2], sys.argv[2:])
connection, _ = server.accept()
text, control, _, _ = connection.recvmsg(100, socket.CMSG_SPACE(64))
master = array.array('i', control[0][2])
print(text.decode(), os.read(master[0], 4096).decode().strip(), flush=True)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PY
check 'a socket can be named by its path' prints '/dev/pts/0 hello' timeout 20 python3 "$work/listener" "$work/socket" \
	ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- \
	tty-open --root "$work/root" --console-socket "$work/socket" -- echo hello
mounted() { ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- "$@"; }
check 'nobody who listens is said' fails 125 '*connect to: */nosuch: No such file*' \
	mounted tty-open --root "$work/root" --console-socket "$work/nosuch" -- true
check 'a path that is too long is refused' fails 125 '*1 to 107 bytes*' \
	mounted tty-open --root "$work/root" --console-socket "/$(printf %0200d 0)" -- true
check 'an empty path is refused' fails 125 '*1 to 107 bytes*' \
	mounted tty-open --root "$work/root" --console-socket '' -- true
check 'an fd that is no socket is refused' fails 125 '*send the master*hint*' \
	mounted tty-open --root "$work/root" --console-fd 5 -- true 5</dev/null

# Hostile places.
says() {
	pattern=$1
	shift
	run "$@"
	# shellcheck disable=SC2254
	[ "$status" = 125 ] && case $(cat "$work/.out") in $pattern) ;; *) false ;; esac || { show; return 1; }
}
check 'a /dev/pts that is a plain directory is refused' fails 125 '*not a devpts*hint: mnt-kernel*' sh -c '
	mkdir -p "$work/plain/dev/pts"; mknod "$work/plain/dev/pts/ptmx" c 5 2
	tty-open --root "$work/plain" --console-fd 5 -- true'
check 'a /dev/pts that is a link to that of the host is refused' fails 125 '*/dev/pts*' sh -c '
	mkdir -p "$work/link/dev"; ln -s /dev/pts "$work/link/dev/pts"
	tty-open --root "$work/link" --console-fd 5 -- true'
check 'a /dev that is a link stays below the root' fails 125 '*/dev*' sh -c '
	mkdir -p "$work/link2"; ln -s ../../../../../../dev "$work/link2/dev"
	tty-open --root "$work/link2" --console-fd 5 -- true'
check 'a console that is a link is not followed' fails 125 '*/dev/console*' receive 12 \
	ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- sh -c '
		ln -s null "$work/root/dev/console"
		exec tty-open --root "$work/root" --console-fd 12 -- true'
check 'nor is one that is a directory' fails 125 '*no device*' receive 12 \
	ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- sh -c '
		mkdir "$work/root/dev/console"
		exec tty-open --root "$work/root" --console-fd 12 -- true'
check 'a session that has a terminal is said' says '*controlling terminal*hint*' receive 12 \
	ns-exec --mount --pid -- mnt-kernel --root "$work/root" -- \
	tty-open --root "$work/root" --console-fd 12 -- \
	fd-pipe --pipe 3:4 -- tty-open --root "$work/root" --console-fd 5 -- true
check 'one of the two sockets is needed' fails 125 '*console-fd and --console-socket*' \
	tty-open --root "$work/root" -- true

done_testing
