import { emptyEntry, type UnitEntry } from "./launch-config.ts";

/** What holds where neither the entry nor `defaults` of launch.yaml says otherwise. */
export const builtInDefaults = {
  ...emptyEntry,
  isolation: "auto",
  restart: "on-failure",
  onFailover: "restart",
  onNoProxy: "exit",
  pinExit: true,
  outputPatterns: true,
  tmp: "own",
  observe: true,
  heartbeat: { lostAfterMs: undefined, loopMs: undefined },
  tty: false,
  stop: { signal: "TERM", graceMs: 15_000 },
  instances: "one",
} as const satisfies UnitEntry;
