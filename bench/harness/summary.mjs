// What the figures of all rounds come to.
import { median } from "./measure.mjs";

/** For each figure of the row its ways with median, spread, ratio to the figure's floor in the same rounds, and target. */
export function summarize(row, measured) {
  return Object.entries(row.figures).map(([name, { unit, floor }]) => ({
    name,
    unit,
    floor,
    ways: Object.keys(measured)
      .filter((way) => valuesOf(measured[way], name).length > 0)
      .map((way) => summaryOf({ row, measured, name, way, floor })),
  }));
}

function summaryOf({ row, measured, name, way, floor }) {
  const values = valuesOf(measured[way], name);
  const base = floor === undefined ? undefined : floorValues(row, measured, { name, floor });
  const ratio = base === undefined ? undefined : ratioOf(values, base);
  const target = row.targets?.find((each) => each.figure === name && each.way === way);
  const to = target?.to === undefined ? base : floorValues(row, measured, { name, floor: target.to });
  return {
    way,
    median: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
    ...(ratio === undefined ? {} : { ratio }),
    ...(target === undefined ? {} : { target: judged(target, { values, base: to }) }),
  };
}

// A floor may be another figure of its way: a stop is told by what a bare start takes.
function floorValues({ figures }, measured, { name, floor }) {
  return valuesOf(measured[floor] ?? [], figures[name].floorFigure ?? name);
}

function judged({ ratio, most, least, to }, { values, base }) {
  const value = ratio === undefined ? median(values) : ratioOf(values, base);
  const bound = ratio ?? most ?? least;
  // A floor that is missing, such as a peer that is not installed, judges nothing.
  const isMet = value === undefined ? undefined : least === undefined ? value <= bound : value >= bound;
  return {
    bound,
    kind: ratio === undefined ? (least === undefined ? "most" : "least") : "ratio",
    to,
    value,
    isMet,
  };
}

// What is too little to be seen, such as the processor time of who hears nothing, is the floor of nothing.
function ratioOf(values, base) {
  if (base.length === 0 || base.some((value) => value === 0)) return undefined;
  return median(values.map((value, round) => value / base[round % base.length]));
}

function valuesOf(rounds, name) {
  return rounds.map((figures) => figures[name]).filter((value) => value !== undefined);
}
