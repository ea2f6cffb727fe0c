import { parseAddress } from "../flow/address.ts";

/** A collector that could not be started; the message says why, and the remedy. */
export class StartFailure extends Error {
  override readonly name = "StartFailure";
  /** Name of Deno's error class, such as `AddrInUse`. */
  readonly causeName: string;

  constructor(message: string, causeName: string) {
    super(message);
    this.causeName = causeName;
  }
}

/**
 * Puts what the system said into words that say what to do.
 *
 * @param cause class name and message of the error that opening the socket gave
 * @param wanted `capability`, `host` and `port` that were asked for
 */
export function startFailure(
  cause: { name: string; message: string },
  wanted: { capability: string; host: string; port: number },
): StartFailure {
  const { capability, host, port } = wanted;
  const what = `cannot start ${capability} on ${socketAddress(host, port)}`;
  return new StartFailure(`${what}: ${explain(cause, { host, port })}`, cause.name);
}

/**
 * Host and port as permissions and people write them.
 *
 * @param host address or name; IPv6 gets its brackets
 * @param port UDP or TCP port
 */
export function socketAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function isAddress(host: string): boolean {
  return host === "localhost" || parseAddress(host, new Uint32Array(4));
}

function explain(
  { name, message }: { name: string; message: string },
  { host, port }: { host: string; port: number },
): string {
  switch (name) {
    case "AddrInUse":
      return `port ${port} is in use by another program; stop that program ` +
        `("ss -lunp" lists who listens) or give another port`;
    case "PermissionDenied":
      return `the system refuses port ${port}, ports below 1024 are privileged; give a port from ` +
        `1024 up, or let this user open it (sysctl net.ipv4.ip_unprivileged_port_start=${port})`;
    case "NotCapable":
      if (!isAddress(host)) {
        return `flow-agent may not look up "${host}"; give an address of this machine, or "::" for all`;
      }
      return `flow-agent was started without permission for it; start it with ` +
        `--allow-net=${socketAddress(host, port)} among its permissions`;
    case "AddrNotAvailable":
      return `${host} is not an address of this machine; give one that is, or "::" for all`;
    case "WorkerError":
      return `its worker died: ${message}; mend the capability's module`;
    case "Stopped":
      return `it was stopped while it was starting; start it again`;
    case "URIError":
    case "TypeError":
      return `"${host}" is not a host (${message}); give an address of this machine, or "::" for all`;
    default:
      return /lookup|resolve|name or service/i.test(message)
        ? `the name "${host}" does not resolve (${message}); give an address of this machine`
        : `${message}; give another host or port`;
  }
}
