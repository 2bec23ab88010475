"""Listens as systemd does on the datagram socket named by the first argument ('@': abstract) and prints each message as JSON."""
import json
import socket
import sys

name = sys.argv[1]
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + name[1:] if name.startswith("@") else name)
print(json.dumps("listening"), flush=True)
while True:
    # Without room for ancillary data the kernel closes the barrier's descriptor, which is what systemd-notify waits for.
    print(json.dumps(listener.recv(65536).decode()), flush=True)
