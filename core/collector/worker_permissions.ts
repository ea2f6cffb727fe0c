/** What a collector's worker may do. */
export interface WorkerPermissions {
  readonly granted: Deno.PermissionOptionsObject;
  /** The same for people. */
  readonly names: string[];
}

/**
 * The permissions of a collector's worker: its own socket, and nothing else.
 *
 * @param address host and port of the socket
 * @param readable folders of a capability that was loaded from a path
 */
export function workerPermissions(
  address: string,
  readable: readonly string[],
): WorkerPermissions {
  return {
    granted: {
      net: [address],
      read: readable.length > 0 ? [...readable] : false,
      env: false,
      ffi: false,
      import: false,
      run: false,
      sys: false,
      write: false,
    },
    names: [`net=${address}`, ...readable.map((folder) => `read=${folder}`)],
  };
}
