"""Scripts in processes of their own that need not import everything anew.

One process imports what the scripts need and forks a child for each. Tests may have a child killed as any
other process; it shares nothing with the test.
"""

import atexit
import json
import os
import subprocess
import sys
from functools import cache
from subprocess import PIPE, CompletedProcess

from tests.conftest import ROOT

_FORKING = """
import json, os, sys, traceback
import index.sync.remove, index.sync.run, index.vectors.chroma, rag.feedback, tests.fakes
from datasketch import MinHash

def run(asked):
    os.environ.clear()
    os.environ.update(asked["environment"])
    sys.argv = ["-c", *asked["words"]]
    try:
        exec(compile(asked["script"], "<script>", "exec"), {"__name__": "__main__"})
        return 0
    except SystemExit as end:
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1

for line in sys.stdin:
    pipes = [os.pipe(), os.pipe()]
    child = os.fork()
    if not child:
        for number, (_, writing) in enumerate(pipes, start=1):
            os.dup2(writing, number)
        status = run(json.loads(line))
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    said = []
    for reading, writing in pipes:
        os.close(writing)
        with open(reading, encoding="utf-8") as written:
            said.append(written.read())
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    print(json.dumps([status, *said]), flush=True)
"""


def run_script(script: str, *words: str) -> "CompletedProcess[str]":
    """Run the script to its end, or until it is killed; `sys.argv[1:]` are the words.

    It runs in the checkout, with the environment of the test. It may write 60,000 bytes to stderr.
    """
    forking = _forking()
    assert forking.stdin and forking.stdout
    asked = {"script": script, "words": words, "environment": dict(os.environ)}
    forking.stdin.write(json.dumps(asked) + "\n")
    forking.stdin.flush()
    return CompletedProcess(words, *json.loads(forking.stdout.readline()))


@cache
def _forking() -> "subprocess.Popen[str]":
    """The process that forks, which ends with this one."""
    started = subprocess.Popen([sys.executable, "-c", _FORKING], cwd=ROOT, stdin=PIPE, stdout=PIPE, text=True)

    def end() -> None:
        assert started.stdin and started.stdout
        started.stdin.close()
        started.stdout.close()
        started.wait()

    atexit.register(end)
    return started
