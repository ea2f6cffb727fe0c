import { PROBE_OCTETS, type ReceiveBuffer } from "../../collector/probe_receive_buffer.ts";
import { bearableRate, bufferCommand, isSmall } from "../../collector/receive_buffer_advice.ts";
import type { Finding } from "./finding.ts";

const WHAT = "socket buffer";

/**
 * Holds the socket's buffer against a rate of datagrams.
 *
 * @param buffer as it was probed; null where it could not be
 * @param options `rate`: datagrams a second of the busiest collector, null where nobody knows; `os`
 *   as `Deno.build.os` names it
 */
export function checkBuffer(
  buffer: ReceiveBuffer | null,
  { rate, os }: { rate: number | null; os: string },
): Finding {
  if (buffer === null) {
    const remedy = ["start it with --allow-net=127.0.0.1 among its permissions"];
    return { verdict: "note", what: WHAT, text: "cannot be probed on 127.0.0.1", remedy };
  }
  const good = bearableRate(buffer);
  const size =
    `holds ${buffer.atLeast ? "at least " : ""}${count(buffer.datagrams)} datagrams of ` +
    `${count(PROBE_OCTETS)} octets: good to ${count(good)} datagrams/s a collector`;
  const text = rate === null ? size : `${size}, and ${count(rate)} come`;
  if (!isSmall(buffer, rate)) return { verdict: "ok", what: WHAT, text };
  const command = bufferCommand(os, rate);
  const remedy = command === null
    ? ["share exporters out among several ports"]
    : [`sudo ${command}`, "then start the collectors anew; docs/operations.md says how to keep it"];
  return { verdict: rate === null ? "note" : "fault", what: WHAT, text, remedy };
}

function count(n: number): string {
  return Math.round(n).toLocaleString("en-US");
}
