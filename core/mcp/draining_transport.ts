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

  /** @param inner what carries the messages */
  constructor(inner: Transport) {
    this.#inner = inner;
  }

  start(): Promise<void> {
    this.#inner.onclose = () => this.onclose?.();
    this.#inner.onerror = (error) => this.onerror?.(error);
    this.#inner.onmessage = (message, extra) => {
      if (isJSONRPCRequest(message)) this.#open.add(message.id);
      this.onmessage?.(message, extra);
    };
    return this.#inner.start();
  }

  async send(...args: Parameters<Transport["send"]>): Promise<void> {
    await this.#inner.send(...args);
    this.#answered(args[0]);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Settles when no request is left open. */
  drained(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#drained = resolve;
    if (this.#open.size === 0) resolve();
    return promise;
  }

  #answered(message: JSONRPCMessage): void {
    if (!isJSONRPCResponse(message) || message.id === undefined) return;
    this.#open.delete(message.id);
    if (this.#open.size === 0) this.#drained?.();
  }
}
