import type { OutputSink, OutputStream } from "../../ports/spawner.ts";

/** Of a line that does not end only the last bytes are kept, and of a long one the first are heard. */
const longestLine = 8_192;

export interface OutputTap {
  /** Whether a text of one line or many may tell something: asked of all that a unit writes, so it has to be cheap. */
  readonly mayTell: (text: string) => boolean;
  readonly hear: (line: string) => void;
}

/** Shows what a unit writes as before, and gives every line that may tell something of a venue to `hear`. */
export function tapOutput({ stdout, stderr }: OutputSink, tap: OutputTap): OutputSink {
  return { stdout: tapStream(stdout, tap), stderr: tapStream(stderr, tap) };
}

function tapStream(stream: OutputStream, { mayTell, hear }: OutputTap): OutputStream {
  let rest = "";
  return {
    write(chunk) {
      // latin1 keeps each byte one character: a search at memory speed, whatever the encoding.
      const text = rest + chunk.toString("latin1");
      const end = text.lastIndexOf("\n") + 1;
      const whole = text.slice(0, end);
      rest = text.slice(Math.max(end, text.length - longestLine));
      if (end > 0 && mayTell(whole))
        for (const line of whole.slice(0, -1).split("\n")) if (mayTell(line)) hear(readable(line));
      return stream.write(chunk);
    },
    drained: () => stream.drained(),
    // What a program says as it dies may have no line break.
    ended() {
      if (rest !== "" && mayTell(rest)) hear(readable(rest));
      rest = "";
      stream.ended?.();
    },
  };
}

function readable(line: string): string {
  return Buffer.from(line.slice(0, longestLine), "latin1").toString("utf8").trimEnd();
}
