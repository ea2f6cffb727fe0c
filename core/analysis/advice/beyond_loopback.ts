/** What lets routers reach collectors that only this machine reaches; a sentence and a blank. */
export const BEYOND_LOOPBACK =
  'Where --collect NAME@HOST:PORT or host of start_collection names this machine, name "::" there, ' +
  "which is all its addresses; else set collector.host (FLOW_COLLECTOR_HOST) to that. Then start " +
  "flow-agent, or that collector, anew. ";
