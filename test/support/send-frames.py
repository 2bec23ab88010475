"""Sends frames from standard input through a packet socket (packet(7)): send-frames.py DEVICE GAP_MICROS

Each frame is its length in two bytes, network order, then its bytes. It ends with its input, or on SIGTERM before the next
frame, and then prints how many were sent. File descriptors 3 and 4 are /proc/net/packet and
/proc/net/softnet_stat, opened in the namespace of the switch: a frame that comes when the switch's socket is full would be
lost without a word, so this waits for the switch to read when much is queued.
"""

import os
import signal
import socket
import sys
import time

QUEUED_BYTES = 64 * 1024
QUEUED_FRAMES = 256
BATCH = 16
PATIENCE = 30


def lines(descriptor):
    os.lseek(descriptor, 0, os.SEEK_SET)
    text = b""
    while True:
        part = os.read(descriptor, 65536)
        if not part:
            return text.decode().splitlines()
        text += part


def busy():
    sockets = [int(line.split()[6]) for line in lines(3)[1:]]
    backlogs = [int(line.split()[11], 16) for line in lines(4)]
    return max(sockets, default=0) > QUEUED_BYTES or max(backlogs, default=0) > QUEUED_FRAMES


def wait_for_switch():
    deadline = time.monotonic() + PATIENCE
    while busy():
        if time.monotonic() > deadline:
            sys.exit("the switch does not read its ports")
        time.sleep(0.0002)


class Enough(Exception):
    """SIGTERM has come."""


def enough(_signal, _stack):
    raise Enough


def pause(until):
    """What was late is not caught up with: a burst would be sent that nobody asked for."""
    now = time.monotonic()
    if until > now:
        time.sleep(until - now)
    return max(until, now)


def main():
    device, gap = sys.argv[1], int(sys.argv[2]) / 1e6
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender.bind((device, 0))
    signal.signal(signal.SIGTERM, enough)
    sent, due = 0, time.monotonic()
    try:
        while head := sys.stdin.buffer.read(2):
            if sent % BATCH == 0:
                wait_for_switch()
            sender.send(sys.stdin.buffer.read(int.from_bytes(head, "big")))
            sent += 1
            if gap:
                due = pause(due + gap)
    except Enough:
        pass
    print(sent)


main()
