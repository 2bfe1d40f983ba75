import { expect, test } from "vitest";
import { Turns } from "../../../../lib/supervisor/evidence/turns.ts";

test("two pieces of work run at a time, the others in their order, whatever fails", async () => {
  const turns = new Turns(2);
  const ends: (() => void)[] = [];
  const begun: number[] = [];
  const works = [1, 2, 3, 4, 5].map((n) =>
    turns
      .take(async () => {
        begun.push(n);
        await new Promise<void>((end) => ends.push(end));
        if (n === 2) throw new Error("the database does not answer");
        return n;
      })
      .catch(() => "failed"),
  );
  const settled = () => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(begun).toEqual([1, 2]);
  ends[1]?.();
  await settled();
  expect(begun).toEqual([1, 2, 3]);
  ends[0]?.();
  ends[2]?.();
  await settled();
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  for (const end of ends) end();
  expect(await Promise.all(works)).toEqual([1, "failed", 3, 4, 5]);
  expect(await turns.take(() => Promise.resolve("again"))).toBe("again");
});
