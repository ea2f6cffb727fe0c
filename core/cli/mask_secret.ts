const SECRET = /password|secret|token|credential|(?:^|_)key$/i;
const MASK = "********";

/**
 * A value as it may be shown.
 *
 * @param name of its key
 * @param value of it
 * @returns a mask where the key says that the value is a secret, and there is one
 */
export function maskSecret(name: string, value: unknown): unknown {
  return SECRET.test(name) && value !== "" ? MASK : value;
}
