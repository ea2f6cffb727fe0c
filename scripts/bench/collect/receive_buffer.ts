const KEY = "net.core.rmem_default";

/** What the kernel gives a socket that asks for nothing: bytes, as Linux comes. */
export const STOCK_BYTES = 212_992;

/** The kernel's default receive buffer, set for a while. */
export class ReceiveBuffer implements AsyncDisposable {
  readonly #before: number;

  private constructor(before: number) {
    this.#before = before;
  }

  /** Puts the default back as it stands now, should somebody end the process. */
  static async keepOnSignals(): Promise<void> {
    const args = ["-w", `${KEY}=${await ReceiveBuffer.current()}`];
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      Deno.addSignalListener(signal, () => {
        new Deno.Command("sysctl", { args }).outputSync();
        Deno.exit(1);
      });
    }
  }

  /** The default as it stands; NaN where there is no telling. */
  static async current(): Promise<number> {
    return Number(await sysctl(["-n", KEY]) ?? NaN);
  }

  /**
   * Sets the default until it is disposed of.
   *
   * @returns null where that is not allowed: it takes root
   */
  static async set(bytes: number): Promise<ReceiveBuffer | null> {
    const before = await ReceiveBuffer.current();
    if (await sysctl(["-w", `${KEY}=${bytes}`]) === null) return null;
    return new ReceiveBuffer(before);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await sysctl(["-w", `${KEY}=${this.#before}`]);
  }
}

async function sysctl(args: readonly string[]): Promise<string | null> {
  try {
    const { success, stdout } = await new Deno.Command("sysctl", { args: [...args] }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
