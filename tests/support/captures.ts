/** One case of the corpus: a capture and what is known of it (tests/corpus/README.md). */
export interface CaptureCase {
  readonly id: string;
  readonly folder: URL;
  /** Path of its pcap file. */
  readonly file: string;
  /** As in case.json, such as `netflow5+netflow9`. */
  readonly protocol: string;
}

/** Cases that the repository holds. */
const COPIED = new URL("../corpus/", import.meta.url);
/** The whole set, with cases under other licences; it stands beside some checkouts. */
const WHOLE = new URL("../../../shared/corpus/cases/", import.meta.url);

/** The cases of one or more protocols, each once: those of the repository, then those beside it. */
export function captureCases(protocols: RegExp): CaptureCase[] {
  const cases = new Map<string, CaptureCase>();
  for (const root of [COPIED, WHOLE]) {
    for (const id of folderNames(root)) {
      if (cases.has(id)) continue;
      const folder = new URL(`${id}/`, root);
      const { protocol } = JSON.parse(Deno.readTextFileSync(new URL("case.json", folder)));
      if (!protocols.test(protocol)) continue;
      cases.set(id, { id, folder, file: new URL("capture.pcap", folder).pathname, protocol });
    }
  }
  return [...cases.values()];
}

/** NetFlow of every version and IPFIX. */
export const NETFLOW_CASES = /^(netflow[1579]|ipfix)(\+(netflow[1579]|ipfix))*$/;

/**
 * Captures of sampled packets (elements 313, 315): what their headers say is in our rows, and octets
 * without a meaning to tshark and nfdump. Their number alone can be compared.
 */
export const SAMPLED_PACKETS: readonly string[] = [
  "gen-softflowd-psamp-icmpscan",
  "nf-akvorado-datalink",
  "nf-akvorado-evpn",
  "nf-akvorado-junipercpiddrop",
];

/** Names of the folders of a folder, in order; none where it is not there. */
function folderNames(folder: URL): string[] {
  try {
    return [...Deno.readDirSync(folder)].filter(({ isDirectory }) => isDirectory)
      .map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
