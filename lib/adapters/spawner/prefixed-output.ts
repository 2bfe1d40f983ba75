import type { OutputSink, OutputStream } from "../../ports/spawner.ts";

/** A line without end is passed on in pieces of this length. */
const longestLine = 65_536;

/** Puts a prefix before each line of a unit; what is left of a line without end is shown by `end`. */
export function prefixedOutput(to: OutputSink, prefix: string): OutputSink & { end(): void } {
  // latin1 keeps each byte one character, whatever the encoding of what the unit writes.
  const mark = Buffer.from(prefix, "utf8").toString("latin1");
  const [stdout, stderr] = [prefixed(to.stdout, mark), prefixed(to.stderr, mark)];
  return {
    stdout,
    stderr,
    end() {
      stdout.end();
      stderr.end();
    },
  };
}

function prefixed(stream: OutputStream, mark: string): OutputStream & { end(): void } {
  let rest = "";
  const show = (lines: string): boolean =>
    stream.write(
      Buffer.from(
        lines.replaceAll(/[^\n]*\n/g, (line) => mark + line),
        "latin1",
      ),
    );
  return {
    write(chunk) {
      const text = rest + chunk.toString("latin1");
      const end = text.length >= longestLine ? text.length : text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      if (end === 0) return true;
      const whole = text.slice(0, end);
      return show(whole.endsWith("\n") ? whole : `${whole}\n`);
    },
    drained: () => stream.drained(),
    end() {
      if (rest !== "") show(`${rest}\n`);
      rest = "";
    },
  };
}
