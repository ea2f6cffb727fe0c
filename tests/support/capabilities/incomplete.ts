/** Something short of a capability. */
export function buildCapability(): { name: string; description: string } {
  return { name: "incomplete", description: "has no decoder" };
}
