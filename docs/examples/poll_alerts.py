"""A minimal MCP client: the Python standard library and JSON-RPC over stdio, no SDK.

Starts a server as a child process and a collector in it, then polls for alerts with the cursor of
the poll before, so that from its first poll on it misses none and sees none twice. In a checkout:

    python3 docs/examples/poll_alerts.py --polls 10 --interval 1

Then send it something: deno task send --scenario latency
"""

import argparse
import json
import shutil
import subprocess
import time

DENO = ["deno"] if shutil.which("deno") else ["npx", "-y", "deno@2.9.6"]
SERVER = DENO + ["task", "--quiet", "serve", "--log-level", "warning"]


class Server:
    """A flow-agent server on the other end of two pipes: one JSON-RPC message a line."""

    def __init__(self, command):
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )
        self.next_id = 0

    def send(self, message):
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def request(self, method, params):
        """Sends a request and waits for its answer; what comes between is not for us."""
        self.next_id += 1
        self.send({"id": self.next_id, "method": method, "params": params})
        for line in self.process.stdout:
            message = json.loads(line)
            if message.get("id") != self.next_id or "method" in message:
                continue
            if "error" in message:
                raise RuntimeError(message["error"]["message"])
            return message["result"]
        raise RuntimeError("the server has gone; its log on standard error says why")

    def call(self, tool, **arguments):
        """Calls a tool; an error of the tool says in its text what to do."""
        result = self.request("tools/call", {"name": tool, "arguments": arguments})
        if result.get("isError"):
            raise RuntimeError(result["content"][0]["text"])
        return result["structuredContent"]

    def close(self):
        """The end of its standard input ends the server."""
        self.process.stdin.close()
        self.process.wait(timeout=10)


def main():
    parser = argparse.ArgumentParser(description="Starts a collector and polls for alerts.")
    parser.add_argument("--port", type=int, default=6343, help="UDP port; 0: the system chooses")
    parser.add_argument("--polls", type=int, default=10)
    parser.add_argument("--interval", type=float, default=1.0, help="seconds between polls")
    options = parser.parse_args()

    server = Server(SERVER)
    try:
        server.request(
            "initialize",
            {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "poll_alerts.py", "version": "1.0.0"},
            },
        )
        server.send({"method": "notifications/initialized"})
        started = server.call(
            "start_collection", capability="json_udp", host="127.0.0.1", port=options.port
        )
        print(f"json_udp {started['status']} on port {started['port']}", flush=True)

        since = {}
        for poll in range(1, options.polls + 1):
            answer = server.call("monitor_once", **since)
            since = {"since": answer["cursor"]}
            analysis = answer["analysis"]
            print(f"poll {poll}: {analysis['flows']} flows, {analysis['samples']} samples", flush=True)
            for alert in answer["alerts"]:
                print(f"{alert['severity']}: {alert['title']}", flush=True)
            time.sleep(options.interval)
    finally:
        server.close()


if __name__ == "__main__":
    main()
