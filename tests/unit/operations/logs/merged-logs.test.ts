import fc from "fast-check";
import { expect, test } from "vitest";
import type { LogLine } from "../../../../lib/domain/logs/log-line.ts";
import type { NamedLog, UnitLine } from "../../../../lib/domain/logs/named-log.ts";
import { MergedLogs } from "../../../../lib/operations/logs/merged-logs.ts";
import type { LogSource } from "../../../../lib/ports/logs/log-reader.ts";

function lineAt(at: number, text: string): LogLine {
  return { at: String(at).padStart(6, "0"), stream: "stdout", runId: undefined, text };
}

/** A source that gives its lines in the given pieces; an empty piece is a moment without anything new. */
function sourceOf(pieces: readonly (readonly LogLine[])[]): LogSource {
  const left = [...pieces];
  return { next: () => Promise.resolve(left.shift() ?? []), close: () => Promise.resolve() };
}

function logOf(name: string): NamedLog {
  return { kind: "bot", name, path: `/${name}` };
}

async function readUp(merged: MergedLogs): Promise<readonly UnitLine[]> {
  const all: UnitLine[] = [];
  for (let more = await merged.next(); more.length > 0; more = await merged.next()) all.push(...more);
  return all;
}

test("however logs come in pieces, their lines are told by time, each log in its own order and none twice", async () => {
  const log = fc.array(fc.nat(50), { maxLength: 30 }).map((times) => times.toSorted((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(log, { maxLength: 5 }), fc.integer({ min: 1, max: 7 }), async (logs, size) => {
      const opened = logs.map((times, index) => {
        const lines = times.map((at, number) => lineAt(at, `${index}-${number}`));
        const pieces = Array.from({ length: Math.ceil(lines.length / size) }, (_, piece) =>
          lines.slice(piece * size, (piece + 1) * size),
        );
        return { log: logOf(String(index)), source: sourceOf(pieces) };
      });
      const told = await readUp(new MergedLogs(opened));
      const times = told.map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
      for (const [index, own] of logs.entries())
        expect(told.filter((line) => line.log.name === String(index)).map(({ text }) => text)).toEqual(
          own.map((_, number) => `${index}-${number}`),
        );
    }),
  );
});

test("a log that is silent for now holds up no other, and is asked again", async () => {
  const merged = new MergedLogs([
    { log: logOf("a"), source: sourceOf([[], [lineAt(2, "late")]]) },
    {
      log: logOf("b"),
      source: sourceOf([[lineAt(1, "one")], [lineAt(3, "three")], [], [lineAt(4, "four")]]),
    },
  ]);
  const texts = async () => (await readUp(merged)).map(({ text }) => text);
  expect(await texts()).toEqual(["one", "three"]);
  expect(await texts()).toEqual(["late", "four"]);
});
