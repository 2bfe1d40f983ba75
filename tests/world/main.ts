import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { prepareWorlds, runWorld, type WorldOutcome } from "./run-world.ts";
import { callsPerSecond, rowsOf, scaleShape, writesOf } from "./scale.ts";
import { shapeOf } from "./shapes.ts";

const { values } = parseArgs({
  options: {
    seed: { type: "string", default: "1" },
    seeds: { type: "string", default: "1" },
    hours: { type: "string", default: "1.5" },
    log: { type: "boolean", default: false },
    hosts: { type: "string" },
    "until-found": { type: "boolean", default: false },
  },
});
// V8 compiles a function anew only after seven times as much work in it: a third of the processor time of few worlds was compiling.
setFlagsFromString("--interrupt-budget=1000000");
const first = Number(values.seed);
const count = Number(values.seeds);
const hours = Number(values.hours);

// From a timer: promises are settled by hand in a world.
setTimeout(() => {
  prepareWorlds();
  if (values.hosts !== undefined) return tellScale(Number(values.hosts));
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

// A fleet in peace: what its database is asked for, in the second half of the time.
function tellScale(hosts: number): void {
  const outcome = runWorld(first, scaleShape(hosts, hours));
  const { sessions, timers, faults, earlyCalls, memory } = outcome;
  print(`${hosts} hosts, ${hosts * 100} accounts, ${hours} h: ${sessions} logins, ${timers} timers`);
  for (const fault of faults) print(`  ${fault}`);
  print(
    `rows: ${rowsOf(memory)
      .map(([table, rows]) => `${rows} ${table}`)
      .join(", ")}`,
  );
  const calls = callsPerSecond(outcome, earlyCalls, hours * 1_800);
  const all = calls.reduce((sum, [, perSecond]) => sum + perSecond, 0);
  print(`statements: ${all.toFixed(1)} a second, of which ${writesOf(calls).toFixed(1)} write`);
  for (const [name, perSecond] of calls) print(`  ${name} ${perSecond.toFixed(1)} a second`);
  const { user, system } = process.cpuUsage();
  print(`${((user + system) / 1e6).toFixed(0)} s of processor time`);
  process.exitCode = faults.length > 0 ? 1 : 0;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
