/** A line longer than this is written in several stamped pieces, so that a bot that never ends a line cannot fill the memory. */
const longestLineBytes = 1024 * 1024;

const nothing = Buffer.alloc(0);
const newline = Buffer.from("\n");

/** Puts a stamp before each line of a byte stream without ever decoding it: a character split over two chunks stays whole. */
export function createLineStamper() {
  let rest: Buffer[] = [];
  let restBytes = 0;
  const keep = (bytes: Buffer) => {
    rest = bytes.length === 0 ? [] : [bytes];
    restBytes = bytes.length;
  };
  /** What was kept back, as a last line. */
  const end = (stamp: string): Buffer => {
    const line = Buffer.concat(rest);
    keep(nothing);
    return line.length === 0 ? line : stampLines(Buffer.concat([line, newline]), stamp);
  };
  /** The whole lines that this chunk completes, each behind the stamp; what follows the last newline is kept back. */
  const push = (chunk: Buffer, stamp: string): Buffer => {
    const cut = chunk.lastIndexOf(10) + 1;
    if (cut === 0) {
      rest.push(chunk);
      restBytes += chunk.length;
      return restBytes > longestLineBytes ? cutLongLine() : nothing;
    }
    const whole = chunk.subarray(0, cut);
    const lines = rest.length === 0 ? whole : Buffer.concat([...rest, whole]);
    keep(chunk.subarray(cut));
    return stampLines(lines, stamp);

    function cutLongLine(): Buffer {
      const line = Buffer.concat(rest);
      const whole = characterBoundary(line);
      keep(line.subarray(whole));
      return stampLines(Buffer.concat([line.subarray(0, whole), newline]), stamp);
    }
  };
  return { push, end };
}

// latin1 maps bytes to code units one to one: string search at memory speed, and every byte comes back as it was.
function stampLines(lines: Buffer, stamp: string): Buffer {
  const text = lines.toString("latin1", 0, lines.length - 1);
  return Buffer.from(`${stamp}${text.replaceAll("\n", `\n${stamp}`)}\n`, "latin1");
}

function characterBoundary(bytes: Buffer): number {
  const isContinuation = (at: number) => ((bytes[at] ?? 0) & 0xc0) === 0x80;
  let at = bytes.length - 1;
  while (at > bytes.length - 4 && isContinuation(at)) at -= 1;
  return (bytes[at] ?? 0) < 0x80 ? bytes.length : at;
}
