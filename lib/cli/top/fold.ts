// A change of colour, or a character; whatever else a terminal could obey was made visible before.
const escape = String.fromCharCode(27);
const piece = new RegExp(`${escape}\\[[\\d;:]*m|.`, "gsu");
const reset = `${escape}[0m`;

/** Breaks a line that may be coloured where its width is over; each part keeps the colours that hold there. */
export function foldLine(line: string, width: number): readonly string[] {
  const parts: string[] = [];
  let part = "";
  let used = 0;
  let colours = "";
  const close = () => parts.push(colours === "" ? part : part + reset);
  for (const [each] of line.matchAll(piece)) {
    if (each.startsWith(`${escape}[`)) {
      colours = each === reset || each === `${escape}[m` ? "" : colours + each;
      part += each;
      continue;
    }
    if (used === width) {
      close();
      part = colours;
      used = 0;
    }
    part += each === "\t" ? " " : each;
    used += 1;
  }
  close();
  return parts;
}

/** The first part of a line that fits. */
export function cutLine(line: string, width: number): string {
  return foldLine(line, width)[0] ?? "";
}
