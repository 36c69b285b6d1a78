# The session in a real terminal (a pty): prompt, completion, errors, Ctrl-C, unfinished input.
import os
import pty
import re
import select
import signal
import tempfile
import time

HOST = os.path.abspath(os.environ.get("MATINF", "./matinf"))
PATIENCE = 20.0


class Session:
    def __init__(self):
        self.home = tempfile.mkdtemp()
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.update(HOME=self.home, TERM="xterm", NO_COLOR="1", XDG_STATE_HOME=self.home,
                              PAGER="sed s/^/|/")
            os.execv(HOST, [HOST, "-i"])
        self.expect(r"Ctrl-D leaves")

    def send(self, text):
        os.write(self.fd, text.encode())

    def expect(self, pattern):
        """Waits until the pattern appears; what came up to its end is consumed."""
        end = time.time() + PATIENCE
        while time.time() < end:
            found = re.search(pattern, self.text, re.S)
            if found:
                self.text = self.text[found.end():]
                return found
            if not self.drain(0.05):
                break
        raise AssertionError(f"{pattern!r} not seen, but {self.text!r}")

    def close(self):
        """Leaves with Ctrl-D. One typed while the session still works is lost to the terminal's
        line discipline, so it is typed until the session ends."""
        end = time.time() + PATIENCE
        while time.time() < end:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if self.drain(0.05):
                self.send("\x04")
            time.sleep(0.02)
        os.kill(self.pid, signal.SIGKILL)
        raise AssertionError("the session does not end")

    def drain(self, seconds):
        """Takes what the session prints: a full terminal would block it."""
        if select.select([self.fd], [], [], seconds)[0]:
            try:
                self.text += os.read(self.fd, 4096).decode(errors="replace")
                return True
            except OSError:
                return False
        return True


def values_print_themselves():
    s = Session()
    s.send("1 + 1\n")
    s.expect(r"\n2\r")
    s.send("x = array{1, 2, 3}; x:sum()\n")
    s.expect(r"6\.?0?\r")
    s.send("who()\n")
    s.expect(r"x\s+array")
    assert s.close() == 0


def tab_completes_modules_methods_and_files():
    s = Session()
    s.send("linsp\t")
    s.expect(r"ace")
    s.send("(0, 1, 3)\n")
    s.expect(r"0\.5")
    s.send("m.ha\t")
    s.expect(r"sh")
    s.send("\x03")
    open(os.path.join(s.home, "spectrum_of_mine.csv"), "w").close()
    s.send(f"print('{s.home}/spectr\t')\n")
    s.expect(r"um_of_mine\.csv")
    assert s.close() == 0


def unfinished_input_goes_on():
    s = Session()
    s.send("for i = 1, 2 do\n")
    s.expect(r"\.\. ")
    s.send("print('row', i) end\n")
    s.expect(r"row\t? *1.*row\t? *2")
    s.send("\x10\n")  # Ctrl-P: the block before, as one line
    s.expect(r"for i = 1, 2 do print\('row', i\) end.*row\t? *1.*row\t? *2")
    assert s.close() == 0


def errors_keep_the_session():
    s = Session()
    s.send("y = 5\n")
    s.send("error('no luck')\n")
    s.expect(r"error: no luck")
    s.send("y + 1\n")
    s.expect(r"\n6\r")
    assert s.close() == 0


def ctrl_c_stops_lua_code_and_keeps_variables():
    s = Session()
    s.send("y = 41\n")
    s.send("while true do end\n")
    time.sleep(0.3)
    begin = time.time()
    s.send("\x03")
    s.expect(r"interrupted")
    assert time.time() - begin < 1.0
    s.send("y + 1\n")
    s.expect(r"\n42\r")
    s.send("unfinished(\x03")
    s.expect(r"\^C")
    s.send("y + 2\n")
    s.expect(r"\n43\r")
    assert s.close() == 0


def help_shows_documentation():
    s = Session()
    s.send("?units.convert\n")
    s.expect(r"\|units\.convert")
    s.expect(r"Å")
    s.send("help\n")
    s.expect(r"matinf: modules")
    s.send("x = array{1, 2}\n?x:cumsum\n")
    s.expect(r"array\.cumsum\(")
    s.send("?run\n")
    s.expect(r"r prints the answer")
    s.send("exit\n")
    assert s.close() == 0


def recipes_are_completed_run_and_looked_at():
    s = Session()
    s.send('r = run("recipes/xps_peaks", "model.sha\t')
    s.expect("pe=")
    s.send('gauss", "--out", "' + s.home + '/out")\n')
    s.expect(r"5/5\] analyse.*> ")
    s.send("r\n")
    s.expect("Which chemical states.*Report: ")
    s.send("r.modl\n")
    s.expect(r"did you mean 'model'\?")
    s.send("r.model.fit.k\n")
    s.expect(r"\n\d+\r")
    s.send("r.model.fit:plot()\n")
    s.expect("Binding energy .eV.")
    assert s.close() == 0


def mistyped_names_get_a_hint():
    s = Session()
    s.send("x = array{1, 2}; x:summ()\n")
    s.expect(r"did you mean 'sum'\?")
    assert s.close() == 0


try:
    os.close(os.openpty()[0])
except OSError as error:  # a bare chroot without /dev/pts
    print(f"ok 1 - sessions # SKIP no terminal to be had here: {error}")
    raise SystemExit(0)

signal.alarm(120)
tests = [values_print_themselves, tab_completes_modules_methods_and_files, unfinished_input_goes_on,
         errors_keep_the_session, ctrl_c_stops_lua_code_and_keeps_variables, help_shows_documentation,
         recipes_are_completed_run_and_looked_at, mistyped_names_get_a_hint]
failures = 0
for number, test in enumerate(tests, 1):
    try:
        test()
        print(f"ok {number} - {test.__name__}")
    except Exception as error:
        failures += 1
        print(f"not ok {number} - {test.__name__}: {error!r}")
raise SystemExit(failures > 0)
