#!/bin/sh
# run-tty: a container used from a terminal.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

mkdir -p "$work/box"
rootfs "$work/box"
tar -C "$work/box" -czf "$work/images/box.tar.gz" .
export PYTHONPATH="$top/tests" PYTHONDONTWRITEBYTECODE=1

# on_terminal CODE: Python, with run(ARGUMENT...) to start a container on a terminal.
on_terminal() {
	timeout 60 python3 -c "
import hashlib
from terminal import *
container = os.environ['top'] + '/container'
def run(*arguments, **more):
	return Terminal(container, 'run', '--rm', '--network', 'none', *arguments, **more)
def shell(*arguments, **more):
	t = run(*arguments, 'box', 'sh', **more)
	t.expect(rb'# ')
	return t
def say(t, command):
	t.type(command + b'; echo END\r')
	return t.expect(rb'\n(.*)END\r\n.*# ').group(1).replace(b'\r', b'').decode().strip()
def leave(t, status=0):
	t.type(b'exit %d\r' % status)
	assert t.end() == status
$1"
}
no_traces() {
	for process in /proc/[0-9]*; do
		case $(readlink "$process/exe" 2>/dev/null) in
		"$tools"/* | */memfd:*) return 1 ;;
		esac
	done
	[ -z "$(ls "$CONTAINER_TOOLS_ROOT/containers")" ]
}

# ---------------------------------------------------------------- what it is
check 'on a terminal a run is one with -it' succeeds on_terminal '
t = shell()
assert say(t, b"tty") == "/dev/pts/0"
leave(t, 3)'
check 'its status is that of the program' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "exit 7")
assert t.end() == 7'
check 'its terminal has a name, and is the console' succeeds on_terminal '
t = shell("-it")
said = say(t, b"tty; echo /dev/pts/*; stat -c %t:%T /dev/pts/0 /dev/console")
assert said == "/dev/pts/0\n/dev/pts/0 /dev/pts/ptmx\n88:0\n88:0", said
leave(t)'
check 'what is written to the console appears' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "echo to the console >/dev/console")
assert t.end() == 0
assert t.all == b"to the console\r\n", t.all'
check 'it is the controlling terminal, of one session' succeeds on_terminal '
t = shell("-it")
assert say(t, b"echo hello >/dev/tty").startswith("hello")
leave(t)'
check 'it belongs to the user' succeeds on_terminal '
t = run("-it", "-u", "1000", "box", "sh", "-c", "stat -c %u:%g:%a /dev/pts/0; echo again >/dev/stdout")
assert t.end() == 0
assert t.all == b"1000:5:620\r\nagain\r\n", t.all'
check 'even with no capability at all' succeeds on_terminal '
t = run("-it", "--cap-drop", "all", "-u", "1000", "box", "sh", "-c", "echo again >/dev/stdout; grep CapBnd /proc/self/status")
assert t.end() == 0
assert t.all == b"again\r\nCapBnd:\t0000000000000000\r\n", t.all'
check 'it gets fds 0, 1 and 2 only, and all are its terminal' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "cd /proc/self/fd; echo *; for f in 0 1 2; do readlink /proc/$$/fd/$f; done")
assert t.end() == 0
assert t.all == b"0 1 2 3\r\n" + 3 * b"/dev/pts/0\r\n", t.all'
check 'TERM is ours' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "echo $TERM", env={"TERM": "some-term"})
assert t.end() == 0 and t.all == b"some-term\r\n", t.all'
check 'unless it is said otherwise' succeeds on_terminal '
t = run("-it", "-e", "TERM=vt52", "box", "sh", "-c", "echo $TERM")
assert t.end() == 0 and t.all == b"vt52\r\n", t.all'

# ---------------------------------------------------------------- size
check 'its size is right from the first moment' succeeds on_terminal '
for i in range(5):
	t = run("-it", "box", "stty", "size", size=(31, 97))
	assert t.end() == 0
	assert t.all == b"31 97\r\n", t.all'
check 'and follows ours, with a signal to the program' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "trap \"stty size\" WINCH; echo ready; while :; do usleep 10000; done")
t.expect(b"ready")
t.resize(40, 132)
t.expect(b"40 132")
t.resize(50, 10)
t.expect(b"50 10")
t.kill(signal.SIGTERM, child(t.pid, "sh"))
t.kill(signal.SIGKILL)
t.end()'

# ---------------------------------------------------------------- keys
check 'Ctrl-C reaches the program, once' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "trap \"echo caught\" INT; echo ready; while :; do usleep 10000; done")
t.expect(b"ready")
t.type(b"\x03")
t.expect(b"caught")
t.type(b"\x1c")
t.type(b"\x03")
t.expect(b"caught")
t.kill(signal.SIGKILL)
t.end()
assert t.all.count(b"caught") == 2, t.all'
check 'Ctrl-C ends a program of the shell, not the shell' succeeds on_terminal '
t = shell("-it")
t.type(b"sleep 1000\r")
t.expect(b"sleep 1000")
t.wait_for("sleep runs", lambda: child(t.pid, "sleep"))
t.type(b"\x03")
t.expect(b"# ")
leave(t, 130)'
check 'Ctrl-Z and fg work inside' succeeds on_terminal '
t = shell("-it")
t.type(b"sleep 1000\r")
t.wait_for("sleep runs", lambda: child(t.pid, "sleep"))
t.type(b"\x1a")
t.expect(b"Stopped.*# ")
t.type(b"fg\r")
t.expect(b"sleep 1000")
t.type(b"\x03")
t.expect(b"# ")
# This shell is slow to learn that no job is stopped any more.
t.type(b"exit 5\rexit 5\r")
assert t.end() == 5'
check 'with --init too' succeeds on_terminal '
t = shell("-it", "--init")
t.type(b"sleep 1000\r")
t.wait_for("sleep runs", lambda: child(t.pid, "sleep"))
t.type(b"\x1a")
t.expect(b"Stopped.*# ")
t.type(b"fg\r")
t.expect(b"sleep 1000")
t.type(b"\x03")
t.expect(b"# ")
t.type(b"exit 8\rexit 8\r")
assert t.end() == 8'
check 'Ctrl-D ends the input' succeeds on_terminal '
t = run("-it", "box", "cat")
t.type(b"a line\r")
t.expect(b"a line\r\na line\r\n")
t.type(b"\x04")
assert t.end() == 0'

# ---------------------------------------------------------------- bytes
check 'every byte passes, both ways' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "stty raw -echo; echo ready; head -c 256 | od -An -tx1 -v; printf \"\\\\000\\\\001\\\\377\\\\r\\\\n\\\\004\"")
t.expect(b"ready")
t.type(bytes(range(256)))
t.expect(b"fd fe ff")
assert bytes.fromhex(bytes(t.all).split(b"ready")[1].split(b"\x00")[0].decode()) == bytes(range(256)), t.all
assert t.end() == 0
assert t.all.endswith(b"\x00\x01\xff\r\n\x04"), t.all[-10:]'
check '10 MB come out whole, also what was written last' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "stty raw; head -c 10000000 /dev/zero | tr \"\\\\0\" x; echo last")
assert t.end() == 0
assert len(t.all) == 10000005 and t.all.endswith(b"xlast\n"), (len(t.all), t.all[-20:])'
check '10 MB go in and out at once' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "stty raw -echo; echo ready; head -c 10000000")
t.expect(b"ready\n")
data = hashlib.sha256(b"seed").digest() * 312500
sent = 0
back = bytes(t.all[t.mark:])
os.set_blocking(t.master, False)
while len(back) < len(data):
	can_read, can_write, _ = select.select([t.master], [t.master] if sent < len(data) else [], [], 15)
	assert can_read or can_write, (sent, len(back))
	if can_read:
		back += os.read(t.master, 65536)
	if can_write:
		try:
			sent += os.write(t.master, data[sent:sent + 4096])
		except BlockingIOError:
			pass
assert back == data
assert t.end() == 0'
check 'a slow reader loses nothing' succeeds on_terminal '
read, write = os.pipe()
t = run("-it", "box", "sh", "-c", "stty raw; head -c 300000 /dev/zero; echo last", stdout=write)
os.close(write)
t.wait_for("it waits", lambda: child(t.pid, "head"))
time.sleep(0.3)
got = b""
while part := os.read(read, 5000):
	got += part
assert t.end() == 0
assert len(got) == 300005 and got.endswith(b"last\n"), len(got)'

# ---------------------------------------------------------------- other streams
check 'with -i and -t standard input must be a terminal' fails 125 '*not a TTY*hint: *-t*' \
	"$top/container" run --rm -it box true
check 'with -t alone it is not read' succeeds on_terminal '
read, write = os.pipe()
os.write(write, b"unread\n")
t = run("-t", "box", "sh", "-c", "stty size; cat; echo end", stdin=read, size=(20, 60))
t.expect(b"20 60")
t.kill(signal.SIGKILL)
t.end()
assert b"unread" not in t.all'
check 'with -t alone our terminal is not changed, and each Ctrl-C reaches the program once' succeeds on_terminal '
t = run("-t", "box", "sh", "-c", "trap \"echo caught\" INT; echo ready; while :; do usleep 10000; done")
t.expect(b"ready")
assert t.is_right()
# Until then a signal ends the start.
t.wait_for("released", lambda: not os.path.exists("/proc/%d/fd/6" % t.pid))
for i in range(20):
	t.type(b"\x03")
	t.expect(b"caught")
t.kill(signal.SIGKILL)
t.end()
assert t.all.count(b"caught") == 20, t.all'
check 'with -t alone the size follows too, and Ctrl-Z stops and resumes the front' succeeds on_terminal '
t = run("-t", "box", "sh", "-c", "trap \"stty size\" WINCH; echo ready; while :; do usleep 10000; done")
t.expect(b"ready")
t.resize(41, 43)
t.expect(b"41 43")
t.type(b"\x1a")
t.stopped()
t.resize(42, 44)
t.go_on()
t.expect(b"42 44")
t.kill(signal.SIGKILL)
t.end()'
check 'without a terminal -t alone gives the program one' prints "/dev/pts/0$(printf '\r')" \
	"$top/container" run --rm -t --network none box sh -c 'readlink /proc/self/fd/1'
check 'standard output may be a pipe' succeeds on_terminal '
read, write = os.pipe()
t = run("-it", "box", "sh", "-c", "read line; stty size; echo $line", stdout=write, size=(20, 60))
os.close(write)
t.wait_for("raw", t.is_raw)
t.type(b"typed\r")
got = b""
while part := os.read(read, 5000):
	got += part
assert t.end() == 0 and got == b"typed\r\n20 60\r\ntyped\r\n", got'
check 'a pipe that nobody reads any more ends it' succeeds on_terminal '
read, write = os.pipe()
t = run("-it", "box", "yes", stdout=write)
os.close(write)
os.read(read, 10)
os.close(read)
assert t.end() != 0'
check 'where a stream leads elsewhere a run is not one with -it' succeeds on_terminal '
for stream in "stdin", "stdout", "stderr":
	null = os.open("/dev/null", os.O_RDWR)
	t = run("box", "sh", "-c", "test ! -e /dev/pts/0", **{stream: null})
	assert t.end() == 0, stream'
check 'nor where one of the options is given' succeeds on_terminal '
for option in "-i", "--tty=false", "--interactive=false":
	t = run(option, "box", "sh", "-c", "test ! -e /dev/pts/0")
	assert t.end() == 0, option'
check 'an early failure is said on standard error, and the terminal is as it was' succeeds on_terminal '
read, write = os.pipe()
t = run("-it", "-v", "/etc/passwd:/proc/x", "box", "true", stderr=write)
os.close(write)
assert t.end() == 125
assert b"/proc" in os.read(read, 5000)'
check 'a missing program is 127' succeeds on_terminal '
t = run("-it", "box", "nosuch")
assert t.end() == 127
assert b"nosuch" in t.all'

# ---------------------------------------------------------------- stopping and dying
check 'a stopped front gives the terminal back, and takes it again' succeeds on_terminal '
t = shell("-it")
for i in range(3):
	assert t.is_raw()
	t.kill(signal.SIGTSTP)
	t.stopped()
	t.wait_for("right", t.is_right)
	t.resize(20 + i, 100)
	t.go_on()
	t.wait_for("raw again", t.is_raw)
	assert say(t, b"stty size") == "%d 100" % (20 + i)
leave(t)'
check 'killing the front ends the container, and the terminal is as it was' succeeds on_terminal '
t = shell("-it")
assert t.is_raw()
t.kill(signal.SIGKILL)
assert t.end() == -9'
check 'so does killing the relay' succeeds on_terminal '
t = shell("-it")
t.kill(signal.SIGKILL, child(t.pid, "tty-relay"))
assert t.end() == 137'
check 'so does killing the whole group' succeeds on_terminal '
t = shell("-it")
os.killpg(t.pid, signal.SIGKILL)
assert t.end() == -9'
check 'a terminal that somebody else has changed meanwhile stays so' succeeds on_terminal '
t = shell("-it")
relay = child(t.pid, "tty-relay")
t.kill(signal.SIGSTOP)
t.stopped()
other = t.modes()
other[3] ^= termios.ECHONL
termios.tcsetattr(t.slave, termios.TCSANOW, other)
t.kill(signal.SIGKILL, relay)
t.wait_for("the watcher has ended", lambda: not any(name == "tty-relay" for _, name in children(1)))
assert t.modes() == other
t.first = other
t.kill(signal.SIGKILL)
t.go_on()
t.end()'
check 'a signal to the front reaches the program' succeeds on_terminal '
t = run("-it", "box", "sh", "-c", "trap \"exit 9\" TERM; echo ready; while :; do usleep 10000; done")
t.expect(b"ready")
t.kill(signal.SIGTERM)
assert t.end() == 9'
check 'a terminal that goes away ends the container' succeeds on_terminal '
t = shell("-it")
os.close(t.slave)
os.close(t.master)
os.write(t.orders, b"e")
limit = time.monotonic() + 15
while os.path.exists("/proc/%d" % t.pid):
	assert time.monotonic() < limit
	time.sleep(0.01)'
check 'and all of that leaves nothing' wait_until no_traces

# ---------------------------------------------------------------- under each shell, and printed
for shell in /bin/dash /bin/busybox /bin/bash; do
	[ -x "$shell" ] || { skip "under $shell" "it is not installed"; continue; }
	cp "$(readlink -f "$shell")" "$work/sh"
	mount --bind "$work/sh" "$(readlink -f /bin/sh)"
	check "$shell: used, stopped, resumed, ended" succeeds on_terminal '
t = shell("-it")
assert say(t, b"tty") == "/dev/pts/0"
t.kill(signal.SIGTSTP)
t.stopped()
t.wait_for("right", t.is_right)
t.go_on()
t.wait_for("raw again", t.is_raw)
assert say(t, b"tty") == "/dev/pts/0"
leave(t, 4)'
	check "$shell: the printed start is the same" succeeds on_terminal '
read, write = os.pipe()
t = run("--explain", "box", "sh", stdout=write)
os.close(write)
text = b""
while part := os.read(read, 65536):
	text += part
assert t.end() == 0
open(os.environ["work"] + "/explained", "wb").write(text)
t = Terminal("sh", os.environ["work"] + "/explained", size=(33, 44))
t.expect(b"# ")
assert say(t, b"tty; stty size") == "/dev/pts/0\n33 44"
leave(t, 6)'
	umount "$(readlink -f /bin/sh)"
done
check 'and leave nothing' wait_until no_traces

done_testing
