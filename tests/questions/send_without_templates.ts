import { NETFLOW9_EXPORT } from "../../core/wire/encode/netflow9.ts";
import { TemplatedEncoder } from "../../core/wire/encode/templated_encoder.ts";
import type { QuestionHouse } from "./question_house.ts";
import type { SentFlow } from "./sent_flow.ts";

/** A router sends three datagrams of NetFlow v9; the first, which has the templates, is lost. */
export async function sendWithoutTemplates(house: QuestionHouse): Promise<void> {
  const now = house.nowMs;
  const router = new TemplatedEncoder(NETFLOW9_EXPORT, { bootMs: now - 3_600_000 });
  const flow: SentFlow = {
    src_addr: "10.0.0.1",
    dst_addr: "10.0.0.2",
    src_port: 1234,
    dst_port: 443,
    protocol: 6,
    bytes: 1000,
    packets: 2,
    start_ms: now - 1000,
    end_ms: now,
    latency_ms: 1,
  };
  const [, ...arrive] = [1, 2, 3].map(() => router.encode([flow], now));
  await house.sendRaw("netflow_udp", ...arrive);
}
