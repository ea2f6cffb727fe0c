import { countersSample, envelope, sflow, words } from "../support/sflow_messages.ts";
import { OFFICE, type Office, officeTraffic } from "./office.ts";
import { QuestionHouse } from "./question_house.ts";
import type { SentFlow } from "./sent_flow.ts";

/** A server that has taken in the office's traffic, and what was sent. */
export interface OpenOffice extends AsyncDisposable {
  readonly house: QuestionHouse;
  readonly office: Office;
  /** Every flow, whatever its format. */
  readonly sent: readonly SentFlow[];
}

/** Opens an office: all of its traffic has gone through sockets, and lies a minute back. */
export async function openOffice(): Promise<OpenOffice> {
  const office = officeTraffic(5, Date.now());
  const house = await QuestionHouse.open();
  await house.send("ipfix", office.ipfix);
  await house.send("json", office.json);
  await house.sendRaw("sflow_udp", interfaceSpeed());
  house.pass(60_000);
  return {
    house,
    office,
    sent: [...office.ipfix, ...office.json],
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

/** Generic interface counters (sFlow version 5, counter_data 0:1) that tell the speed of the WAN. */
function interfaceSpeed(): Uint8Array {
  const { ifIndex, bitsPerSecond } = OFFICE.wan;
  const ethernet = 6;
  const fullDuplex = 1;
  const up = 3;
  return sflow([
    countersSample([
      envelope(1, words(ifIndex, ethernet, 0, bitsPerSecond, fullDuplex, up, ...Array(16).fill(0))),
    ]),
  ]);
}
