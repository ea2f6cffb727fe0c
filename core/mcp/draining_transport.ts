import {
  isJSONRPCRequest,
  isJSONRPCResponse,
  type JSONRPCMessage,
  type Transport,
} from "@modelcontextprotocol/server";

/** A transport that knows which requests wait for their answer. */
export class DrainingTransport implements Transport {
  onclose?: Transport["onclose"];
  onerror?: Transport["onerror"];
  onmessage?: Transport["onmessage"];
  readonly #inner: Transport;
  readonly #open = new Set<string | number>();
  #drained: (() => void) | null = null;
  readonly #closed = Promise.withResolvers<void>();

  /** @param inner what carries the messages */
  constructor(inner: Transport) {
    this.#inner = inner;
  }

  start(): Promise<void> {
    this.#inner.onclose = () => {
      this.#closed.resolve();
      this.onclose?.();
    };
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message, extra) => {
      if (isJSONRPCRequest(message)) this.#open.add(message.id);
      else if (isCancellation(message)) this.#settle(message.params.requestId);
      this.onmessage?.(message, extra);
    };
    return this.#inner.start();
  }

  async send(...args: Parameters<Transport["send"]>): Promise<void> {
    await this.#inner.send(...args);
    const [message] = args;
    if (isJSONRPCResponse(message) && message.id !== undefined) this.#settle(message.id);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Settles when the connection is gone, for whatever reason. */
  get closed(): Promise<void> {
    return this.#closed.promise;
  }

  /** Settles when no request is left open. */
  drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    if (this.#open.size === 0) resolve();
    return promise;
  }

  #settle(id: string | number): void {
    this.#open.delete(id);
    if (this.#open.size === 0) this.#drained?.();
  }
}

/** A request that its client gave up gets no answer. */
function isCancellation(
  message: JSONRPCMessage,
): message is JSONRPCMessage & { params: { requestId: string | number } } {
  return "method" in message && message.method === "notifications/cancelled" &&
    ["string", "number"].includes(typeof message.params?.requestId);
}
