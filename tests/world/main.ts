import { parseArgs } from "node:util";
import { prepareWorlds, runWorld, type WorldOutcome } from "./run-world.ts";
import { shapeOf } from "./shapes.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    hours: { type: "string", default: "1.5" },
    log: { type: "boolean", default: false },
    "until-found": { type: "boolean", default: false },
  },
});
const first = Number(values.seed);
const count = Number(values.seeds);
const hours = Number(values.hours);

// From a timer: promises are settled by hand in a world.
setTimeout(() => {
  prepareWorlds();
  const before = process.cpuUsage();
  let failed = 0;
  let ran = 0;
  for (let seed = first; seed < first + count; seed++) {
    const outcome = runWorld(seed, shapeOf(seed, hours), values.log);
    ran += 1;
    if (outcome.faults.length > 0) failed += 1;
    tell(outcome);
    if (values["until-found"] && failed > 0) break;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuS = (user + system) / 1e6;
  const pace = Math.round((ran * hours * 60) / cpuS);
  print(
    `${failed} of ${ran} failed; ${ran * hours} fleet-hours in ${cpuS.toFixed(1)} s of processor time, ${pace} a minute`,
  );
  process.exitCode = failed > 0 ? 1 : 0;
}, 0);

function tell({ seed, hash, timers, requests, sessions, faults, lines }: WorldOutcome): void {
  if (values.log) process.stdout.write(lines.join(""));
  print(`seed ${seed}: ${hash.slice(0, 16)}, ${timers} timers, ${sessions} logins, ${requests} requests`);
  for (const fault of faults) print(`  ${fault}`);
  const length = hours === 1.5 ? "" : ` --hours ${hours}`;
  if (faults.length > 0) print(`  replay it: npm run world -- --seed ${seed}${length}`);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
