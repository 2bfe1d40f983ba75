// Results as a person reads them on a terminal.
import { number, targetsText } from "./words.mjs";

/** The lines of one row's result. */
export function asLines(row, result) {
  const lines = [`${row.name}: ${row.title}`];
  for (const { name, unit, floor, ways } of result.figures) {
    if (ways.length === 0) continue;
    lines.push("", `${name}, ${unit}${floor === undefined ? "" : ` (ratios to ${floor})`}`);
    const width = Math.max(...ways.map(({ way }) => way.length));
    for (const each of ways) lines.push(`  ${each.way.padEnd(width)} ${cellsOf(each).join("  ")}`);
  }
  const { quiet, busy } = result.waits;
  lines.push("", `${result.rounds} rounds; ${busy} of ${quiet + busy} waits found no quiet moment`);
  for (const [peer, version] of Object.entries(result.peers)) lines.push(`${peer} ${version}`);
  for (const [peer, hint] of Object.entries(result.skipped)) lines.push(`skipped: ${peer} (${hint})`);
  return lines.join("\n");
}

function cellsOf({ median, least, most, ratio, targets }) {
  return [
    number(median).padStart(9),
    `(${number(least)} to ${number(most)})`.padEnd(22),
    ratio === undefined ? "" : `×${ratio.toFixed(2)}`.padEnd(7),
    targetsText(targets),
  ];
}
