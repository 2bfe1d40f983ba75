import fc from "fast-check";
import { expect, test } from "vitest";
import { tapOutput } from "../../../../lib/supervisor/evidence/output-tap.ts";

function openTap() {
  const shown: Buffer[] = [];
  const heard: string[] = [];
  const stream = { write: (chunk: Buffer) => shown.push(chunk) > 0, drained: async () => {} };
  const tapped = tapOutput(
    { stdout: stream, stderr: stream },
    { mayTell: (text) => /banned/.test(text), hear: (line) => void heard.push(line) },
  );
  return { tapped, shown, heard };
}

test("a line that may tell something is heard whole, however it was cut, and every byte is shown as it came", () => {
  const text = Buffer.from('price 418.2\nIP banned until 1620286253180 – "gesperrt" ✓\nnext\n');
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: text.length }), { maxLength: 8 }), (cuts) => {
      const { tapped, shown, heard } = openTap();
      const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      for (let n = 1; n < at.length; n++) tapped.stdout.write(text.subarray(at[n - 1], at[n]));
      expect(Buffer.concat(shown).equals(text)).toBe(true);
      expect(heard).toEqual(['IP banned until 1620286253180 – "gesperrt" ✓']);
    }),
  );
});

test("two streams do not mix their lines", () => {
  const { tapped, heard } = openTap();
  tapped.stdout.write(Buffer.from("IP ban"));
  tapped.stderr.write(Buffer.from("ned\n"));
  tapped.stdout.write(Buffer.from("ned now\n"));
  expect(heard).toEqual(["IP banned now"]);
});

test("the last line of a program is heard also without a line break, once, and is no part of the next one's", () => {
  const { tapped, heard } = openTap();
  tapped.stdout.write(Buffer.from("next\nIP banned until 1620286253180"));
  tapped.stdout.ended?.();
  tapped.stdout.ended?.();
  tapped.stdout.write(Buffer.from(" or not\n"));
  expect(heard).toEqual(["IP banned until 1620286253180"]);
});

test("a line without an end takes no more memory than its last piece", () => {
  const { tapped, heard } = openTap();
  for (let n = 0; n < 1_000; n++) tapped.stdout.write(Buffer.alloc(10_000, 97));
  tapped.stdout.write(Buffer.from(" banned\n"));
  expect(heard).toHaveLength(1);
  expect(heard[0]?.length).toBeLessThanOrEqual(8_192);
});
