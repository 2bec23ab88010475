"""Runs commands of openstack(1), each in a process of its own that has the client loaded already: to load it takes a second.

Each line of standard input is a command, {"number", "words", "env"}, each of standard output how one ended, in any order:
{"number", "exitCode", "stdout", "stderr"}. It ends with its standard input, and ends what still runs then.
"""

import asyncio
import json
import os
import signal
import sys
import tempfile
import traceback

# The client takes its name from here as soon as it is loaded.
sys.argv[0] = "/usr/bin/openstack"

from openstackclient import shell  # noqa: E402


def become(words, env, out, err):
    """What /usr/bin/openstack does, in a process that has just been forked. Never returns."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(err.fileno(), 2)
    os.environ.update(env)
    sys.argv[1:] = words
    status = 1
    try:
        status = shell.main()
    except SystemExit as end:
        status = end.code or 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


async def end_of(child):
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    descriptor = os.pidfd_open(child)
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


async def run(number, words, env):
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = os.fork()
        if child == 0:
            become(words, env, out, err)
        try:
            code = await end_of(child)
        except asyncio.CancelledError:
            os.kill(child, signal.SIGKILL)
            raise
        texts = []
        for file in (out, err):
            file.seek(0)
            texts.append(file.read().decode())
    print(json.dumps({"number": number, "exitCode": code, "stdout": texts[0], "stderr": texts[1]}), flush=True)


async def serve():
    lines = asyncio.StreamReader(limit=1 << 20)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    async with asyncio.TaskGroup() as group:
        tasks = set()
        while line := await lines.readline():
            tasks.add(group.create_task(run(**json.loads(line))))
        for task in tasks:
            task.cancel()


asyncio.run(serve())
