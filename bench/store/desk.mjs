// What one launcher of many bots holds beyond its children, and how long it takes until each of them runs.
// `node scripts/build.mjs && node bench/store/desk.mjs [--bots 100]`: half as many and all, for what each more of them costs. The bots
// sleep; witnesses, proxies and venue are the lab's. Private memory is Private_Clean + Private_Dirty of smaps_rollup (proc(5)).
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL("../..", import.meta.url));
const { openStage } = await import(`${here}/dist/tests/lab/stage.js`);
const { values: flags } = parseArgs({ options: { bots: { type: "string", default: "100" } } });
const most = Number(flags.bots);

const labels = Array.from({ length: most }, (_, index) => `p-${index + 1}`);
const stage = await openStage({
  proxies: Object.fromEntries(labels.map((label) => [label, "http"])),
  bin: `${here}/bin/launch`,
  yaml: () => 'defaults: { stop: { grace: 2s } }\nbots: { "b-*": { command: [sleep, "100000"] } }',
});
try {
  await ok(["init"]);
  for (const [index, label] of labels.entries()) await addBot(`b-${index + 1}`, label);
  const rows = [];
  for (const bots of [Math.ceil(most / 2), most]) rows.push(await measure(bots));
  for (const { bots, seconds, privateMb } of rows)
    console.log(
      `${bots} bots: all run after ${seconds.toFixed(1)} s, launcher ${privateMb.toFixed(1)} MB private`,
    );
  const [half, whole] = rows;
  const each = ((whole.privateMb - half.privateMb) / (whole.bots - half.bots)) * 1_000;
  console.log(`each more bot: ${each.toFixed(0)} kB`);
} finally {
  await stage.launch(["down"]);
  await stage.close();
}

async function addBot(name, label) {
  const { endpoint, user, pass } = stage.proxies.get(label);
  const words = ["account", "add", name, "--proxy-label", label, "--proxy-endpoint", endpoint];
  await ok([...words, "--proxy-user", user, "--proxy-pass-stdin"], `${pass}\n`);
}

async function measure(bots) {
  const names = labels.slice(0, bots).map((_, index) => `b-${index + 1}`);
  const startedMs = performance.now();
  const { pid, units } = JSON.parse(await ok(["up", "-d", "--json", ...names]));
  const seconds = (performance.now() - startedMs) / 1_000;
  const running = units?.filter(({ state }) => state === "ready").length ?? 0;
  if (running !== bots) throw new Error(`${running} of ${bots} bots run`);
  // Until what only the starts needed was collected.
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, "utf8");
  const kB = (name) => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0);
  const privateMb = (kB("Private_Clean") + kB("Private_Dirty")) / 1_024;
  await ok(["down"]);
  return { bots, seconds, privateMb };
}

async function ok(words, input) {
  const result = await stage.launch(words, input === undefined ? {} : { input });
  if (result.exitCode !== 0)
    throw new Error(`launch ${words.join(" ")}: ${result.exitCode} ${result.stderr}`);
  return result.stdout;
}
