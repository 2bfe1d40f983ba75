// `npm run bench [name…] -- [--rounds N] [--size smoke] [--wait SECONDS] [--json FILE] [--markdown FILE]`: measures rows of docs/performance.md, or lists them.
// `--json` adds the rows to what the file has already; `--table FILE` writes the Markdown of such a file
// and measures nothing: all rows with a target, or those of one `--page` of docs/performance.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { describeMachine } from "./harness/machine.mjs";
import { asMarkdown, asTargets } from "./harness/report/markdown.mjs";
import { asLines } from "./harness/report/text.mjs";
import { runRow } from "./harness/run-row.mjs";
import { rooms, rows } from "./rows/rows.mjs";

const { values: flags, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: "string" },
    size: { type: "string", default: "full" },
    wait: { type: "string", default: "5" },
    json: { type: "string" },
    markdown: { type: "string" },
    table: { type: "string" },
    page: { type: "string" },
  },
});
const unknown = names.filter((name) => !rows.some((row) => row.name === name));
if (unknown.length > 0) refuse(`There is no row ${unknown.join(", ")}.`);
if (!["full", "smoke"].includes(flags.size)) refuse(`--size is full or smoke, not ${flags.size}.`);
for (const name of ["rounds", "wait"])
  if (flags[name] !== undefined && !/^\d+$/.test(flags[name]))
    refuse(`--${name} takes a number, not ${flags[name]}.`);

if (flags.table !== undefined) console.log(tableOf(JSON.parse(readFileSync(flags.table, "utf8"))));
else if (names.length === 0) list();
else await measure(rows.filter(({ name }) => names.includes(name)));
// Sockets that came out of another network keep Node 20 busy for good now and then.
process.exit();

async function measure(chosen) {
  const taken = { results: {} };
  for (const row of chosen) {
    const load = Number(loadavg()[0].toFixed(2));
    const result = await measured(row);
    if (result === undefined) continue;
    const machine = { ...describeMachine(), load };
    taken.results[row.name] = { at: new Date().toISOString(), machine, ...result };
    console.log(`${asLines(row, taken.results[row.name])}\n${machineLine(machine)}\n`);
    // After each row: what a long run has measured is kept when it is ended.
    if (flags.json !== undefined) keep(flags.json, taken);
    if (flags.markdown !== undefined) writeFileSync(flags.markdown, `${asMarkdown(rows, taken)}\n`);
  }
}

// One row that fails must not cost the others.
async function measured(row) {
  try {
    return await runRow(row, {
      ...(flags.rounds === undefined ? {} : { rounds: Number(flags.rounds) }),
      size: flags.size,
      waitMs: Number(flags.wait) * 1_000,
      say: (text) => console.error(`${row.name}: ${text}`),
    });
  } catch (error) {
    console.error(`${row.name} could not be measured: ${error.stack}`);
    process.exitCode = 1;
    return undefined;
  }
}

function tableOf(taken) {
  return flags.page === undefined ? asTargets(rooms, taken) : asMarkdown(rooms[flags.page], taken);
}

function keep(path, { results }) {
  const before = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : { results: {} };
  writeFileSync(path, `${JSON.stringify({ results: { ...before.results, ...results } }, undefined, 2)}\n`);
}

function machineLine({ processors, memoryGb, system, kernel, node, slipway, load }) {
  return `${processors}, ${memoryGb} GB, ${system}, Linux ${kernel}, Node ${node}, Slipway ${slipway}, load ${load} at the start`;
}

function list() {
  console.log("npm run bench NAME… [-- --rounds N] [--json FILE] [--markdown FILE]\n");
  const width = Math.max(...rows.map(({ name }) => name.length));
  for (const { name, title } of rows) console.log(`  ${name.padEnd(width)}  ${title}`);
}

function refuse(why) {
  console.error(`${why} \`npm run bench\` without a name lists the rows.`);
  process.exit(64);
}
