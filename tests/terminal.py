# SPDX-License-Identifier: MIT
"""A terminal with a person at it, for tests: start a program on it, type, look, resize.

	t = Terminal('./container', 'run', '-it', 'box', 'sh', size=(30, 100))
	t.expect(b'# ')
	t.type(b'stty size\r')
	t.expect(b'30 100')
	t.type(b'exit 3\r')
	assert t.end() == 3

The program is a job of a session that lives on when it has ended or was killed, as under a shell.
"""
import fcntl, os, pty, re, select, signal, struct, sys, termios, time

PATIENCE = 8


class Terminal:
	not_the_shells = [signal.SIGTTOU, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTSTP]

	def __init__(self, *command, size=(24, 80), stdin=None, stdout=None, stderr=None, env=None):
		self.master, slave = pty.openpty()
		self.all = bytearray()
		self.mark = 0 # what lies before it has been expected
		self.resize(*size)
		self.first = termios.tcgetattr(slave)
		self.slave = slave
		self.news, news = os.pipe()
		orders, self.orders = os.pipe()
		self.leader = os.fork()
		if not self.leader:
			os.close(self.master)
			os.setsid()
			fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
			for number in self.not_the_shells:
				signal.signal(number, signal.SIG_IGN)
			self.lead(command, slave, news, orders, (stdin, stdout, stderr), env)
		os.close(news)
		os.close(orders)
		self.pid = int(self.hear())

	def lead(self, command, slave, news, orders, streams, env):
		for fd in range(3, 256):
			if fd not in (slave, news, orders, *streams):
				try:
					os.close(fd)
				except OSError:
					pass
		pid = os.fork()
		if not pid:
			try:
				os.setpgid(0, 0)
				os.tcsetpgrp(slave, os.getpid())
				for number in self.not_the_shells + [signal.SIGPIPE]:
					signal.signal(number, signal.SIG_DFL)
				for number in range(3):
					os.dup2(slave if streams[number] is None else streams[number], number)
				os.closerange(3, 256)
				os.execvpe(command[0], command, {**os.environ, **(env or {})})
			finally:
				os._exit(99)
		for stream in streams:
			if stream is not None:
				os.close(stream)
		os.write(news, b'%d\n' % pid)
		while True:
			_, status = os.waitpid(pid, os.WUNTRACED)
			os.tcsetpgrp(slave, os.getpid())
			if not os.WIFSTOPPED(status):
				break
			os.write(news, b'stopped\n')
			os.read(orders, 1)
			os.tcsetpgrp(slave, pid)
			os.killpg(pid, signal.SIGCONT)
		os.write(news, b'%d\n' % os.waitstatus_to_exitcode(status))
		os.read(orders, 1)
		os._exit(0)

	def hear(self):
		"""The leader's next line; what the terminal says meanwhile is kept."""
		line = b''
		limit = time.monotonic() + PATIENCE
		while not line.endswith(b'\n'):
			ready, _, _ = select.select([self.news, self.master], [], [], 0.1)
			if self.master in ready:
				self.look()
			if self.news in ready:
				line += os.read(self.news, 1)
			if time.monotonic() > limit:
				raise AssertionError('it does not end; the terminal says %r' % bytes(self.all[-2000:]))
		return line.strip().decode()

	def look(self):
		got = os.read(self.master, 65536)
		self.all += got

	def type(self, text):
		while text:
			_, ready, _ = select.select([], [self.master], [], PATIENCE)
			assert ready, 'nobody reads what is typed'
			text = text[os.write(self.master, text[:2000]):]

	def expect(self, pattern):
		"""Wait until the terminal has shown it, and forget what was before."""
		limit = time.monotonic() + PATIENCE
		while not (found := re.compile(pattern, re.S).search(self.all, self.mark)):
			ready, _, _ = select.select([self.master], [], [], 0.1)
			if ready:
				self.look()
			if time.monotonic() > limit:
				raise AssertionError('no %r; the terminal says %r' % (pattern, bytes(self.all[-2000:])))
		self.mark = found.end()
		return found

	def resize(self, rows, columns):
		fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack('HHHH', rows, columns, 0, 0))

	def modes(self):
		return termios.tcgetattr(self.slave)

	def is_raw(self):
		return not self.modes()[3] & termios.ICANON

	def wait_for(self, what, that):
		limit = time.monotonic() + PATIENCE
		while not that():
			ready, _, _ = select.select([self.master], [], [], 0.01)
			if ready:
				self.look()
			assert time.monotonic() < limit, 'never: %s; the terminal says %r' % (what, bytes(self.all[-2000:]))

	def is_right(self):
		return self.modes() == self.first

	def kill(self, number, pid=None):
		os.kill(pid or self.pid, number)

	def stopped(self):
		assert self.hear() == 'stopped'

	def go_on(self):
		os.write(self.orders, b'c')

	def end(self):
		"""The exit status (negative: the signal); the terminal is as it was."""
		status = int(self.hear())
		limit = time.monotonic() + PATIENCE
		while not self.is_right():
			assert time.monotonic() < limit, 'the terminal is left changed'
			time.sleep(0.01)
		while select.select([self.master], [], [], 0)[0]:
			self.look()
		os.write(self.orders, b'e')
		os.waitpid(self.leader, 0)
		return status


def children(pid):
	"""All processes below PID that have not ended, as (pid, name)."""
	below = {}
	for entry in filter(str.isdigit, os.listdir('/proc')):
		try:
			stat = open('/proc/%s/stat' % entry).read()
		except OSError:
			continue
		name, rest = stat[stat.index('(') + 1:].rsplit(')', 1)
		if rest.split()[0] == 'Z':
			continue
		below.setdefault(int(rest.split()[1]), []).append((int(entry), name))
	found = []
	todo = [pid]
	while todo:
		for child, name in below.get(todo.pop(), []):
			found.append((child, name))
			todo.append(child)
	return found


def child(pid, name):
	return next((p for p, n in children(pid) if n == name), None)
