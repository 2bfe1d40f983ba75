// What the benches share: how a way is timed, and which of many times counts.

/** Milliseconds that the work took. */
export async function timed(work) {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

/** The time of each of so many turns. */
export async function times(count, work) {
  const all = [];
  for (let index = 0; index < count; index += 1) all.push(await timed(work));
  return all;
}

/** Of each way so many results, in turns that begin with another way each round, so that a busy machine slows all alike; a first round only warms up. */
export async function inTurns(ways, rounds) {
  const results = Object.fromEntries(Object.keys(ways).map((way) => [way, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [way, work] of rotate(Object.entries(ways), round + 1)) {
      const result = await work();
      if (round >= 0) results[way].push(result);
    }
  }
  return results;
}

/** One line for each way: its median, and against the first way its ratio and its difference. */
export function printAgainstFirst(unit, results) {
  console.log(unit);
  const [base] = Object.values(results);
  for (const [way, measured] of Object.entries(results)) {
    const ratio = median(measured.map((value, round) => value / base[round]));
    const more = median(measured.map((value, round) => value - base[round]));
    console.log(
      `  ${way.padEnd(26)} ${median(measured).toFixed(3).padStart(9)}   x${ratio.toFixed(2)}   ${more >= 0 ? "+" : ""}${more.toFixed(2)} ms`,
    );
  }
}

/** Of many short waits the quick ones: on a busy machine the median is the scheduler's, not ours. */
export function tenth(list) {
  return [...list].sort((a, b) => a - b)[Math.floor(list.length / 10)];
}

/** The middle one, or what lies between the two in the middle. */
export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2;
}

/** The list, begun at another place. */
export function rotate(list, by) {
  const at = by % list.length;
  return [...list.slice(at), ...list.slice(0, at)];
}
