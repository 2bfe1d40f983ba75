import { expect, test } from "vitest";
import { runToken } from "../../../../lib/adapters/relay/inbound/run-token.ts";

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString("base64")}`;

test("the token fits as the password of any user, and nothing near it does", () => {
  const token = runToken("Run0Token");
  for (const header of [
    basic("bot:Run0Token"),
    basic(":Run0Token"),
    `basic  ${basic("x:Run0Token").slice(6)} `,
  ]) {
    expect(token.fitsHeader(header)).toBe(true);
  }
  const wrong = ["", "bot:Run0Toke", "bot:Run0TokeN", "bot:Run0Token0", "Run0Token:", "bot:x:Run0Token"].map(
    basic,
  );
  for (const header of [...wrong, undefined, "Bearer Run0Token", "Basic", "Basic ¤"]) {
    expect(token.fitsHeader(header)).toBe(false);
  }
  expect(token.fits(Buffer.from("Run0Token"))).toBe(true);
  expect(token.fits(Buffer.alloc(0))).toBe(false);
});

test("a header without a colon is a password without a user", () => {
  expect(runToken("Run0Token").fitsHeader(basic("Run0Token"))).toBe(true);
});

test("an empty token fits nothing, so that a run without one is shut", () => {
  expect(runToken("").fits(Buffer.alloc(0))).toBe(false);
  expect(runToken("").fitsHeader(basic(":"))).toBe(false);
});
