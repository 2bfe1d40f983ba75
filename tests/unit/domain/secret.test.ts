import { inspect } from "node:util";
import { expect, test } from "vitest";
import { Secret } from "../../../lib/domain/secret.ts";

test("a secret shows itself in no string, JSON, template, inspect or enumerated form", () => {
  const secret = new Secret("hunter2:@%/");
  const printed = [
    String(secret),
    `${secret as unknown as string}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { depth: 9, showHidden: true }),
    Object.values(secret).join(),
  ];
  expect(printed.filter((text) => text.includes("hunter2"))).toEqual([]);
});
