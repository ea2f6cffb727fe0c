import type { Settings } from "../../core/config/load_config.ts";
import { countersSample, envelope, sflow, words } from "../support/sflow_messages.ts";
import { OFFICE, type Office, OFFICE_MINUTES, officeTraffic } from "./office.ts";
import { QuestionHouse } from "./question_house.ts";
import { type ArrivedFlow, arrivedWithin, type SentFlow } from "./sent_flow.ts";

const MINUTE = 60_000;
/** Collectors listen so long before the office begins to work. */
const BEFORE_MS = 10 * MINUTE;
/** Exporters send what has ended so often. */
const STEP_MS = 15_000;

/** A server that has taken in the office's traffic, and what was sent. */
export interface OpenOffice extends AsyncDisposable {
  readonly house: QuestionHouse;
  readonly office: Office;
  /** What time it is: a minute behind the office's half hour. Unix milliseconds. */
  readonly nowMs: number;
  /** Every flow, whatever its format. */
  readonly sent: readonly ArrivedFlow[];
}

/**
 * Opens an office and lets its half hour pass: each flow went through a socket when it had ended.
 *
 * @param settings over the defaults
 */
export async function openOffice(settings: Settings = {}): Promise<OpenOffice> {
  const house = await QuestionHouse.open(settings);
  const office = officeTraffic(5, house.nowMs + BEFORE_MS + (OFFICE_MINUTES + 1) * MINUTE);
  const sent: ArrivedFlow[] = [];
  const flows = { ipfix: inOrder(office.ipfix), json: inOrder(office.json) };
  house.pass(office.fromMs - house.nowMs);
  for (let n = 0; house.nowMs < office.toMs; n++) {
    if (n * STEP_MS % MINUTE === 0) await house.sendRaw("sflow_udp", interfaceSpeeds(n));
    house.pass(STEP_MS);
    const arrived_ms = house.nowMs;
    for (const format of ["ipfix", "json"] as const) {
      const ended = flows[format].filter(({ end_ms }) =>
        end_ms > arrived_ms - STEP_MS && end_ms <= arrived_ms
      );
      await house.send(format, ended);
      sent.push(...ended.map((flow) => ({ ...flow, arrived_ms })));
    }
  }
  house.pass(MINUTE);
  return {
    house,
    office,
    nowMs: house.nowMs,
    sent,
    [Symbol.asyncDispose]: () => house[Symbol.asyncDispose](),
  };
}

/**
 * What arrived within the quarter of an hour that most tools look at.
 *
 * @param open the office
 * @param back so many quarters before that
 */
export function quarter({ sent, nowMs }: OpenOffice, back = 0): ArrivedFlow[] {
  const toMs = nowMs - back * 15 * MINUTE;
  return arrivedWithin(sent, toMs - 15 * MINUTE, toMs);
}

function inOrder(flows: readonly SentFlow[]): SentFlow[] {
  return [...flows].sort((a, b) => a.end_ms - b.end_ms);
}

/** Generic interface counters (sFlow version 5, counter_data 0:1) that tell the speed of the links. */
function interfaceSpeeds(n: number): Uint8Array {
  const ethernet = 6;
  const fullDuplex = 1;
  const up = 3;
  const minutes = n * STEP_MS / MINUTE;
  const samples = [OFFICE.wan, OFFICE.growing].map(({ ifIndex, bitsPerSecond }) => {
    const counters = [ifIndex, ethernet, 0, bitsPerSecond, fullDuplex, up, ...Array(16).fill(0)];
    return countersSample([envelope(1, words(...counters))], {
      sequence: minutes + 1,
      source: ifIndex,
    });
  });
  return sflow(samples, { sequence: minutes + 1, uptime: (minutes + 1) * MINUTE });
}
