// Results as docs/performance.md and the pages below it show them.
import { number, targetsText } from "./words.mjs";

/** One table of all figures that have a target. */
export function asTargets(rooms, { results }) {
  const rows = Object.entries(rooms).flatMap(([page, all]) =>
    all
      .filter(({ name }) => results[name] !== undefined)
      .flatMap((row) => linesOf(page, row, results[row.name])),
  );
  return aligned([["row", "what", "measured", "target"], ...rows]);
}

function linesOf(page, { name }, { figures }) {
  return figures.flatMap((figure) =>
    figure.ways
      .filter(({ targets }) => targets !== undefined)
      .map(({ way, median, ratio, targets }) => {
        const shown = ratio === undefined ? "" : `, ${ratio.toFixed(2)}×`;
        const measured = `${number(median)} ${figure.unit}${shown}`;
        return [
          `[${name}](performance/${page}.md)`,
          `${figure.name}: ${way}`,
          measured,
          targetsText(targets),
        ];
      }),
  );
}

/** The Markdown of all rows that have a result. */
export function asMarkdown(rows, { results }) {
  return rows
    .filter(({ name }) => results[name] !== undefined)
    .map((row) => sectionOf(row, results[row.name]))
    .join("\n\n");
}

function sectionOf(row, result) {
  const shown = result.figures.filter(({ ways }) => ways.length > 0);
  const parts = [
    `## ${row.title}`,
    `\`npm run bench ${row.name}\` · ${conditionsOf(result)}`,
    row.limits === undefined ? [] : row.limits,
    shown.map(tableOf).join("\n\n"),
    skippedOf(result),
  ];
  return parts
    .flat()
    .filter((part) => part !== "")
    .join("\n\n");
}

function tableOf({ name, unit, floor, ways }) {
  const hasTarget = ways.some(({ targets }) => targets !== undefined);
  const head = [`${name} (${unit})`, "median", "spread", ...(floor === undefined ? [] : [`to ${floor}`])];
  if (hasTarget) head.push("target");
  const rows = ways.map((each) => {
    const cells = [each.way, number(each.median), `${number(each.least)}–${number(each.most)}`];
    if (floor !== undefined) cells.push(each.ratio === undefined ? "" : `${each.ratio.toFixed(2)}×`);
    if (hasTarget) cells.push(targetsText(each.targets));
    return cells;
  });
  return aligned([head, ...rows]);
}

// As the project's formatter would align it.
function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(3, ...rows.map((cells) => cells[column].length)));
  const line = (cells) => `| ${cells.map((cell, column) => cell.padEnd(widths[column])).join(" | ")} |`;
  const [head, ...body] = rows;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...body.map(line)].join("\n");
}

function conditionsOf({ at, rounds, size, waits, machine }) {
  const { quiet, busy } = waits;
  return [
    ...(size === "smoke" ? ["**smoke size: these figures say nothing**"] : []),
    `${at.slice(0, 10)}, ${rounds} ${rounds === 1 ? "round" : "rounds"}`,
    `${busy} of ${quiet + busy} waits found no quiet moment`,
    `load ${machine.load}`,
    `${machine.processors}, ${machine.memoryGb} GB, ${machine.system}, Linux ${machine.kernel}`,
    `Node ${machine.node.slice(1)}, Slipway ${machine.slipway}`,
  ].join(" · ");
}

function skippedOf({ peers, skipped }) {
  const beside = Object.entries(peers).map(([peer, version]) => `${peer} ${version}`);
  const missing = Object.entries(skipped).map(([peer, hint]) => `${peer} (\`${hint}\`)`);
  return [
    beside.length === 0 ? "" : `Beside: ${beside.join(", ")}.`,
    missing.length === 0 ? "" : `Skipped, not installed: ${missing.join(", ")}.`,
  ].filter((part) => part !== "");
}
