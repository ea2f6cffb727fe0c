/** Environment variable with the words that a key is made of. */
const KEY_VARIABLE = "FLOW_ANONYMISE_KEY";

/** The words that addresses are replaced by; undefined where there are none, or none to be known. */
export function anonymiseKey(): string | undefined {
  const { state } = Deno.permissions.querySync({ name: "env", variable: KEY_VARIABLE });
  return state === "granted" ? Deno.env.get(KEY_VARIABLE) : undefined;
}
