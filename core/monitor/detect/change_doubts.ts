import { CELL } from "../picture/conversations.ts";
import type { MonitorView } from "../monitor_view.ts";
import type { Doubts } from "./grade.ts";
import type { MainConversations } from "./main_conversations.ts";

/** One conversation that makes up this much of a host's traffic is the change. */
const DOMINANT = 0.8;
/** Of what a host exchanged before, with one other host at least. */
const ONE_PARTNER = 0.5;
/** More than so many times as much sent as received is an upload. */
const UPLOAD_RATIO = 4;
/** A TCP connection of so many packets stands, though its answers are not seen. */
const STANDING_PACKETS = 10;

/**
 * What speaks against an attack or a failure behind a change: one conversation that makes it up, which
 * began or ended as backups, films and calls do.
 *
 * @param view with conversations and series
 * @param change the host that makes up most of it (`actor`, -1 for none), and which way it went
 */
export function changeDoubts(
  view: MonitorView,
  { actor, main, spiked }: { actor: number; main: MainConversations; spiked: boolean },
): Doubts {
  if (actor < 0) return [];
  if (spiked) {
    return [[
      isOneAnswered(view, actor, main),
      0.45,
      "one answered conversation makes it up, as a backup, a copy or a call does",
    ]];
  }
  const series = view.picture.series!;
  return [[
    series.partners.leastShare(series.hostSeries(actor)) >= ONE_PARTNER,
    0.45,
    "what there was before was one host's traffic with one other, as of a copy or a film that ends",
  ]];
}

/** Whether one answered conversation is most of a host's traffic, and does not carry it outside. */
function isOneAnswered(view: MonitorView, host: number, main: MainConversations): boolean {
  const id = main.ofHost(host);
  if (id < 0) return false;
  const conversations = view.picture.conversations!;
  const { cells } = conversations;
  const at = conversations.at(id);
  const { asker, asked, protocol } = conversations.key(id);
  const answered = cells[at + CELL.FORWARD_FLOWS] > 0 && cells[at + CELL.BACK_FLOWS] > 0 ||
    protocol === 6 && cells[at + CELL.FORWARD_PACKETS] >= STANDING_PACKETS;
  // What leaves for the outside is not excused by that.
  const leaves = view.isInternal(asker) && !view.isInternal(asked) &&
    cells[at + CELL.FORWARD_BYTES] > cells[at + CELL.BACK_BYTES] * UPLOAD_RATIO;
  return answered && !leaves && main.octets(id) >= view.picture.hosts.bytes[host] * DOMINANT;
}
