// What the figures of all rounds come to.
import { median } from "../measure.mjs";

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
  const base = (to) => (to === undefined ? undefined : floorValues(row, measured, { name, floor: to }));
  const ratio = ratioOf(values, base(floor));
  const targets = (row.targets ?? [])
    .filter((target) => target.figure === name && target.way === way)
    .map((target) => judged(target, { values, base: base(target.to ?? floor) }));
  return {
    way,
    median: median(values),
    least: Math.min(...values),
    most: Math.max(...values),
    ...(ratio === undefined ? {} : { ratio }),
    ...(targets.length === 0 ? {} : { targets }),
  };
}

// A floor may be another figure of its way: a stop is told by what a bare start takes.
function floorValues({ figures }, measured, { name, floor }) {
  return valuesOf(measured[floor] ?? [], figures[name].floorFigure ?? name);
}

/** A bound is on the median itself (`most`, `least`) or on its ratio (`ratio`, `leastRatio`). */
function judged({ ratio, leastRatio, most, least, to }, { values, base }) {
  const isRatio = (ratio ?? leastRatio) !== undefined;
  const value = isRatio ? ratioOf(values, base) : median(values);
  const [upper, lower] = [ratio ?? most, leastRatio ?? least];
  // A floor that is missing, such as a peer that is not installed, judges nothing.
  const isMet = value === undefined ? undefined : upper === undefined ? value >= lower : value <= upper;
  const sign = upper === undefined ? "≥" : "≤";
  return { sign, bound: upper ?? lower, isRatio, ...(to === undefined ? {} : { to }), value, isMet };
}

// What is too little to be seen, such as the processor time of who hears nothing, is the floor of nothing.
function ratioOf(values, base) {
  if (base === undefined || base.length === 0 || base.some((value) => value === 0)) return undefined;
  return median(values.map((value, round) => value / base[round % base.length]));
}

function valuesOf(rounds, name) {
  return rounds.map((figures) => figures[name]).filter((value) => value !== undefined);
}
