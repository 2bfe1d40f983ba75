// The supervisors that Slipway is measured beside, each with the same programs, each in a folder of its own that goes with it.
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gone, treeOf } from "../harness/processes.mjs";
import { openPm2 } from "./pm2.mjs";
import { openRunit } from "./runit.mjs";
import { openS6 } from "./s6.mjs";
import { openSupervisord } from "./supervisord.mjs";

const openers = { runit: openRunit, s6: openS6, supervisord: openSupervisord, pm2: openPm2 };

/**
 * Opens every one that is installed (or those named) with the units { name: command }, none of which runs yet. Each has `start`,
 * `stop`, `force` (kills what does not end) and `list`, which run its own command to its end, `startAll` and `stopAll`, and `lines` with what the units print. `graceMs` is how long
 * a unit may take to end. All
 * run in the same environment, PATH alone unless one is given: the authorities of a shell's NODE_EXTRA_CA_CERTS double the start of a Node.
 */
export async function openSupervisors(
  tools,
  units,
  { graceMs = 10_000, env = {}, settings = {}, only = Object.keys(openers) } = {},
) {
  const opened = {};
  for (const name of only) {
    if (!tools.peers.has(name)) continue;
    const folder = mkdtempSync(join(tmpdir(), `slipway-bench-${name}-`));
    chmodSync(folder, 0o755);
    const supervisor = await openers[name]({
      folder,
      units,
      graceMs,
      settings,
      env: { ...env, PATH: process.env.PATH, HOME: folder },
    });
    opened[name] = supervisor;
    tools.atEnd(async () => {
      const all = treeOf(supervisor.pid);
      await supervisor.close();
      for (const pid of all) await gone(pid);
      rmSync(folder, { recursive: true, force: true });
    });
  }
  return opened;
}

/** Its own processes without those that it runs. */
export function ownProcesses({ pid }, unitPids) {
  const theirs = new Set(unitPids.flatMap((each) => treeOf(each)));
  return treeOf(pid).filter((each) => !theirs.has(each));
}
