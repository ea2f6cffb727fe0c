import {
  Client,
  InMemoryTransport,
  StreamableHTTPClientTransport,
} from "@modelcontextprotocol/client";
import { VERSION } from "../version.ts";

/** A server in this process, as far as a client has to know it. */
export interface InProcessServer {
  // The server and client packages each declare the transport type; both are the same interface.
  connect(transport: unknown): Promise<void>;
}

/**
 * Connects to a running server.
 *
 * @param url of its `/mcp`
 */
export async function connectToUrl(url: URL): Promise<Client> {
  const client = newClient();
  await client.connect(new StreamableHTTPClientTransport(url));
  return client;
}

/**
 * Connects to a server in this process, over the same protocol.
 *
 * @param server not yet connected
 */
export async function connectInProcess(server: InProcessServer): Promise<Client> {
  const [ours, theirs] = InMemoryTransport.createLinkedPair();
  await server.connect(theirs);
  const client = newClient();
  await client.connect(ours);
  return client;
}

function newClient(): Client {
  return new Client({ name: "flow-agent agent", version: VERSION });
}
