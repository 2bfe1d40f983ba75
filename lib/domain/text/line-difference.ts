/** How many unchanged lines are shown on each side of a change. */
const around = 2;

interface Line {
  readonly sign: " " | "-" | "+";
  readonly text: string;
}

/** What changes a text into another one, line by line: `- ` goes, `+ ` comes, with a few lines around; nothing for equal texts. */
export function lineDifference(before: string, after: string): readonly string[] {
  const lines = compare(before.split("\n"), after.split("\n"));
  const changed = lines.flatMap(({ sign }, index) => (sign === " " ? [] : [index]));
  const isShown = new Set(
    changed.flatMap((index) => Array.from({ length: 2 * around + 1 }, (_, step) => index - around + step)),
  );
  return lines.flatMap(({ sign, text }, index) => {
    if (isShown.has(index)) return [`${sign} ${text}`.trimEnd()];
    return isShown.has(index - 1) && changed.some((later) => later > index) ? ["  …"] : [];
  });
}

// What both begin and end with needs no table.
function compare(before: readonly string[], after: readonly string[]): readonly Line[] {
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start += 1;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end += 1;
  const same = (text: string): Line => ({ sign: " ", text });
  return [
    ...before.slice(0, start).map(same),
    ...compareMiddle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...before.slice(before.length - end).map(same),
  ];
}

function compareMiddle(before: readonly string[], after: readonly string[]): readonly Line[] {
  const longest = longestCommon(before, after);
  const lines: Line[] = [];
  let [left, right] = [0, 0];
  while (left < before.length || right < after.length) {
    const [old, fresh] = [before[left], after[right]];
    if (old !== undefined && old === fresh) {
      lines.push({ sign: " ", text: old });
      left += 1;
      right += 1;
    } else if (
      old !== undefined &&
      (fresh === undefined || longest(left + 1, right) >= longest(left, right + 1))
    ) {
      lines.push({ sign: "-", text: old });
      left += 1;
    } else {
      lines.push({ sign: "+", text: fresh ?? "" });
      right += 1;
    }
  }
  return lines;
}

// How many lines the rests of both have in common, in order.
function longestCommon(
  before: readonly string[],
  after: readonly string[],
): (left: number, right: number) => number {
  const width = after.length + 1;
  const table = new Uint32Array((before.length + 1) * width);
  const at = (left: number, right: number): number => table[left * width + right] ?? 0;
  for (let left = before.length - 1; left >= 0; left -= 1)
    for (let right = after.length - 1; right >= 0; right -= 1)
      table[left * width + right] =
        before[left] === after[right]
          ? at(left + 1, right + 1) + 1
          : Math.max(at(left + 1, right), at(left, right + 1));
  return at;
}
