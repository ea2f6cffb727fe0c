import {
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type MessageExtraInfo,
  type Transport,
} from "@modelcontextprotocol/server";

/**
 * A transport that lets a client's `initialize` through at once and holds all that follows, in
 * order, until it is released: when there is what can answer it.
 */
export class HoldingTransport implements Transport {
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  onmessage?: Transport["onmessage"];
  readonly #inner: Transport;
  #held: [message: JSONRPCMessage, extra?: MessageExtraInfo][] | null = [];
  readonly #greeted = Promise.withResolvers<void>();

  /** @param inner what carries the messages */
  constructor(inner: Transport) {
    this.#inner = inner;
  }

  /** Settles when a request has been answered. */
  get greeted(): Promise<void> {
    return this.#greeted.promise;
  }

  start(): Promise<void> {
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message, extra) => {
      const passes = this.#held?.length === 0 && isJSONRPCRequest(message) &&
        message.method === "initialize";
      if (this.#held === null || passes) this.onmessage?.(message, extra);
      else this.#held.push([message, extra]);
    };
    return this.#inner.start();
  }

  /** Lets through what was held, and from now on everything. */
  release(): void {
    const held = this.#held ?? [];
    this.#held = null;
    for (const [message, extra] of held) this.onmessage?.(message, extra);
  }

  async send(...args: Parameters<Transport["send"]>): Promise<void> {
    await this.#inner.send(...args);
    if (isJSONRPCResponse(args[0])) this.#greeted.resolve();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
