import { amplification } from "./detect/amplification.ts";
import { beaconing } from "./detect/beaconing.ts";
import { exporterSilent } from "./detect/exporter_silent.ts";
import { hostScan } from "./detect/host_scan.ts";
import { newTalkers } from "./detect/new_talkers.ts";
import { portScan } from "./detect/port_scan.ts";
import { rarePorts } from "./detect/rare_ports.ts";
import { synFlood } from "./detect/syn_flood.ts";
import { trafficDrop } from "./detect/traffic_drop.ts";
import { trafficSpike } from "./detect/traffic_spike.ts";
import type { Monitor } from "./monitor.ts";

/** The monitors that look for anomalies, in the order of ANOMALY_TYPES. */
export const ANOMALY_MONITORS: readonly Monitor[] = [
  portScan,
  hostScan,
  trafficSpike,
  trafficDrop,
  rarePorts,
  synFlood,
  amplification,
  beaconing,
  newTalkers,
  exporterSilent,
];
