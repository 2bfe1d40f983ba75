import { expect, test } from "vitest";
import type { CountryCode } from "../../../../lib/domain/account.ts";
import type { Proof } from "../../../../lib/domain/exit-check.ts";
import type { DirectIp, ExitIp } from "../../../../lib/domain/ip.ts";
import { instant, monotonic } from "../../../../lib/domain/time.ts";
import type { ProvenCandidate } from "../../../../lib/policy/machine/state.ts";
import { readyLine } from "../../../../lib/supervisor/unit/effects/ready-line.ts";
import { sampleBot, sampleBotSettings } from "../../../support/fleet/sample-units.ts";
import { sampleCandidate } from "../../../support/sample-facts.ts";

const direct = "198.51.100.4" as DirectIp;

function exitWith(proof: Partial<Proof> = {}): ProvenCandidate {
  return {
    ...sampleCandidate({ label: "fra-1" }),
    confirmedAtMs: monotonic(0),
    proof: {
      exitIps: ["203.0.113.7" as ExitIp],
      country: "DE" as CountryCode,
      agreed: 2,
      asked: 2,
      reach: "public",
      provenAt: instant(0),
      ...proof,
    },
  };
}

test.each([
  ["kernel", direct, {}, "fra-1  203.0.113.7  DE  tier=kernel  proven 2/2  direct 198.51.100.4 blocked"],
  [
    "preload",
    undefined,
    { country: undefined, asked: 3 },
    "fra-1  203.0.113.7  --  tier=preload  proven 2/3  direct unknown",
  ],
  [
    "env",
    direct,
    { reach: "lab" },
    "fra-1  203.0.113.7  DE  tier=env · not enforced  proven 2/2 lab  direct 198.51.100.4 not blocked",
  ],
] as const)(
  "the ready line of the %s tier promises what the tier holds (direct %s)",
  (tier, ip, proof, line) => {
    expect(readyLine(sampleBotSettings({ tier }), exitWith(proof), ip)).toBe(line);
  },
);

test("the ready line shows the exit of each address family that was proven, the main one first", () => {
  const exitIps = ["203.0.113.7", "2001:db8::7"] as unknown as Proof["exitIps"];
  expect(readyLine(sampleBotSettings(), exitWith({ exitIps, agreed: 4, asked: 4 }), direct)).toMatch(
    /^fra-1 {2}203\.0\.113\.7 {2}2001:db8::7 {2}DE {2}.* {2}proven 4\/4 /,
  );
});

test("the ready line says that /tmp is shared, where that matters, and counts the sockets that stay reachable", () => {
  const unit = sampleBot({ tmp: "shared" });
  expect(readyLine(sampleBotSettings({ unit, tier: "kernel" }), exitWith(), direct, 2)).toMatch(
    / {2}tmp shared {2}reachable sockets 2$/,
  );
  expect(readyLine(sampleBotSettings({ unit }), exitWith(), direct)).not.toMatch(/tmp|sockets/);
});

test("the ready line ends with what is bypass", () => {
  const unit = sampleBot({ local: ["127.0.0.1:5432"], publish: ["127.0.0.1:8080:80"] });
  expect(readyLine(sampleBotSettings({ unit }), exitWith(), direct)).toMatch(
    / {2}bypass 127\.0\.0\.1:5432 127\.0\.0\.1:8080:80$/,
  );
});

test("a database that is not the user's usual one is named", () => {
  const place = {
    ...sampleBotSettings().place,
    database: "postgres://db.example/desk",
    isUsualDatabase: false,
  };
  expect(readyLine(sampleBotSettings({ place }), exitWith(), direct)).toMatch(
    /blocked {2}database postgres:\/\/db\.example\/desk$/,
  );
});
