// What one launcher of many bots holds beyond its children, and how long it takes until each of them runs.
// `node scripts/build.mjs && node bench/desk/memory.mjs [--bots 1,10,50,100] [--tier kernel]`. The bots sleep. Private memory is
// Private_Clean + Private_Dirty of smaps_rollup (proc(5)), 15 s after the last one runs: it does not depend on the load of the host.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { openDesk } from "./open-desk.mjs";

const { values: flags } = parseArgs({
  options: { bots: { type: "string", default: "1,10,50,100" }, tier: { type: "string", default: "kernel" } },
});
const sizes = flags.bots.split(",").map(Number);
const command = () => ["sleep", "100000"];
const { stage, names, ok } = await openDesk({ bots: Math.max(...sizes), tier: flags.tier, command });
try {
  for (const size of sizes) {
    const { bots, seconds, privateMb } = await measure(names.slice(0, size));
    console.log(
      `${bots} bots (${flags.tier}): all run after ${seconds.toFixed(1)} s, launcher ${privateMb.toFixed(1)} MB private`,
    );
  }
} finally {
  await stage.launch(["down"]);
  await stage.close();
}

async function measure(bots) {
  const startedMs = performance.now();
  const { pid, units } = JSON.parse(await ok(["up", "-d", "--json", ...bots]));
  const seconds = (performance.now() - startedMs) / 1_000;
  const running = units?.filter(({ state }) => state === "ready").length ?? 0;
  if (running !== bots.length) throw new Error(`${running} of ${bots.length} bots run`);
  // Until what only the starts needed was collected.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kB = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const privateMb = (kB("Private_Clean") + kB("Private_Dirty")) / 1_024;
  await stage.launch(["down"]);
  return { bots: bots.length, seconds, privateMb };
}
