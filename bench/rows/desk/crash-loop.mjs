import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openDesk } from "../../desk/open-desk.mjs";
import { median, timed, times } from "../../harness/measure.mjs";
import { cpuOf, treeOf } from "../../harness/processes.mjs";
import { openSupervisors } from "../../supervisors/supervisors.mjs";

/** A desk on which every bot crashes again and again: what starts, what it costs, and whether the list still answers. */
export const crashLoop = {
  name: "crash-loop",
  title: "100 bots that crash again and again, for 20 s",
  rounds: 1,
  warmUps: 0,
  limits:
    "Ours waits longer before each next start of a bot and gives up for a while after ten; runit, s6 and supervisord start each again after " +
    "about 1 s, pm2 at once until 16. Processor time is the supervisor's own, with its helpers.",
  figures: {
    "list at rest": { unit: "ms" },
    "list, median": { unit: "ms" },
    "list, longest": { unit: "ms" },
    "longest of at rest": { unit: "×" },
    starts: { unit: "in all" },
    "processor time of 20 s": { unit: "ms" },
  },
  targets: [{ figure: "longest of at rest", way: "launch up", most: 1.6 }],
  async open(tools) {
    const isSmoke = tools.size === "smoke";
    const [bots, stormMs, looks] = isSmoke ? [2, 1_000, 2] : [100, 20_000, 8];
    const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
    tools.atEnd(() => rmSync(folder, { recursive: true }));
    const storm = { folder, stormMs, looks };
    const script = `while [ -e ${folder}/calm ]; do sleep 1; done; echo >>${folder}/starts; exit 1`;
    const command = ["/bin/sh", "-c", script];
    const desk = await openDesk({ bots, tier: "env", command: () => command });
    tools.atEnd(() => desk.stage.close());
    const units = Object.fromEntries(Array.from({ length: bots }, (_, n) => [`unit-${n}`, command]));
    const others = await openSupervisors(tools, units);
    return {
      "launch up": () => measure(upOf(desk), storm),
      ...Object.fromEntries(
        Object.entries(others).map(([name, supervisor]) => [name, () => measure(supervisor, storm)]),
      ),
    };
  },
};

/** `launch up` as the other supervisors are: it is started whole. */
function upOf({ stage, names, ok }) {
  let launcher;
  return {
    get pid() {
      return launcher.pid;
    },
    async startAll() {
      launcher = stage.start(["up", "--no-output"]);
      for (;;) {
        const { runs } = JSON.parse(await ok(["ps", "--running", "--json"]));
        if (runs.filter(({ state }) => state === "running").length === names.length) return;
        await delay(500);
      }
    },
    list: () => ok(["ps"]),
    stopAll: () => launcher.end(),
  };
}

async function measure(supervisor, { folder, stormMs, looks }) {
  const [calm, starts] = [join(folder, "calm"), join(folder, "starts")];
  writeFileSync(calm, "");
  writeFileSync(starts, "");
  await supervisor.startAll();
  await delay(2_000);
  const rest = median(await times(looks, () => supervisor.list()));
  const own = treeOf(supervisor.pid).filter((pid) => !isUnit(pid));
  const before = cpuOf(own);
  rmSync(calm);
  const until = performance.now() + stormMs;
  const lists = [];
  while (performance.now() < until) {
    lists.push(await timed(() => supervisor.list()));
    await delay(200);
  }
  const cpu = cpuOf(own) - before;
  const count = readFileSync(starts, "utf8").length;
  // So that what starts now rests, and ends when it is asked to.
  writeFileSync(calm, "");
  await supervisor.stopAll();
  const longest = Math.max(...lists);
  return {
    "list at rest": rest,
    "list, median": median(lists),
    "list, longest": longest,
    "longest of at rest": longest / rest,
    starts: count,
    "processor time of 20 s": cpu,
  };
}

function isUnit(pid) {
  try {
    return /^(?:\/bin\/)?(?:sh\0-c\0while|sleep\0)/.test(readFileSync(`/proc/${pid}/cmdline`, "utf8"));
  } catch {
    return true;
  }
}
