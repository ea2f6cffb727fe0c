/** A capability whose folder has a space in its name. */
export { buildCapability } from "../probe/mod.ts";
