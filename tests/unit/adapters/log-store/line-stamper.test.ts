import fc from "fast-check";
import { expect, test } from "vitest";
import { createLineStamper } from "../../../../lib/adapters/log-store/line-stamper.ts";

test("however a text is cut into chunks, each line is stamped once and no byte is lost", () => {
  const piece = fc.oneof(fc.constantFrom("\n", "€", "🚀", "ż", "a"), fc.string());
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.nat(40)), (pieces, cuts) => {
      const bytes = Buffer.from(pieces.join(""));
      const stamper = createLineStamper();
      const out: Buffer[] = [];
      let at = 0;
      for (const cut of cuts) {
        out.push(stamper.push(bytes.subarray(at, at + cut), "T "));
        at += cut;
      }
      out.push(stamper.push(bytes.subarray(at), "T "), stamper.end("T "));
      const lines = bytes.toString().split("\n");
      if (lines.at(-1) === "") lines.pop();
      expect(Buffer.concat(out).toString()).toBe(lines.map((line) => `T ${line}\n`).join(""));
    }),
  );
});

test("a line without end is written in pieces that split no character", () => {
  const stamper = createLineStamper();
  const chunk = Buffer.from(`a${"€".repeat(400_000)}`);
  const out = Buffer.concat([
    stamper.push(chunk.subarray(0, 1_100_000), "T "),
    stamper.push(chunk.subarray(1_100_000), "T "),
    stamper.end("T "),
  ]);
  const lines = out.toString().trimEnd().split("\n");
  expect(lines.length).toBe(2);
  expect(lines.map((line) => line.slice(2)).join("")).toBe(chunk.toString());
});
