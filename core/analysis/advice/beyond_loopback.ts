/** What lets routers reach collectors that only this machine reaches; a sentence and a blank. */
export const BEYOND_LOOPBACK =
  'Set collector.host (FLOW_COLLECTOR_HOST) to "::", which is all addresses of this machine, and ' +
  "start flow-agent anew; or name an address in --collect NAME@HOST:PORT, or as host of " +
  "start_collection. ";
