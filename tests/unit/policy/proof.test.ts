import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { WitnessAnswer } from "../../../lib/domain/exit-check.ts";
import type { DirectIp } from "../../../lib/domain/ip.ts";
import type { TransportFailure } from "../../../lib/domain/proxy/transport.ts";
import { instant } from "../../../lib/domain/time.ts";
import { judgeExitCheck, judgeProof } from "../../../lib/policy/proof.ts";
import { exit, nowMs, seen, unknown } from "./facts.ts";

const anything = { expectedIp: undefined, directIps: [], pin: true };
const direct = exit("9.9.9.9") as unknown as DirectIp;
const refused: TransportFailure = {
  kind: "refused",
  scope: "upstream",
  message: "fra-1 (http://gw.example:8001) refused the connection",
  status: undefined,
};

describe("the proof of an exit", () => {
  test("two agreeing witnesses prove it, and a first proof pins it", () => {
    const answers = [seen("a", "8.8.8.8", { seenAt: instant(nowMs + 5) }), seen("b", "8.8.8.8")];
    expect(judgeProof(answers, anything)).toEqual({
      kind: "proven",
      pins: true,
      proof: {
        exitIps: ["8.8.8.8"],
        country: undefined,
        agreed: 2,
        asked: 2,
        reach: "public",
        provenAt: nowMs + 5,
      },
    });
    expect(judgeProof(answers, { ...anything, pin: false })).toMatchObject({ kind: "proven", pins: false });
    expect(judgeProof(answers, { ...anything, expectedIp: exit("8.8.8.8") })).toMatchObject({
      kind: "proven",
      pins: false,
    });
  });

  test("one witness asked twice is not two witnesses", () => {
    const answers = [seen("a", "8.8.8.8"), seen("a", "8.8.8.8"), unknown("b")];
    expect(judgeProof(answers, anything)).toMatchObject({ kind: "incomplete" });
  });

  test("two witnesses that disagree prove nothing and are named", () => {
    const verdict = judgeProof([seen("a", "8.8.8.8"), seen("b", "1.1.1.1")], anything);
    expect(verdict).toMatchObject({
      kind: "disagreeing",
      why: "the witnesses disagree: a saw 8.8.8.8, b saw 1.1.1.1",
    });
  });

  test("a majority outvotes one witness, but not half of them", () => {
    const three = [seen("a", "8.8.8.8"), seen("b", "1.1.1.1"), seen("c", "8.8.8.8")];
    expect(judgeProof(three, anything)).toMatchObject({ kind: "proven", proof: { agreed: 2, asked: 3 } });
    const four = [...three, seen("d", "1.1.1.1")];
    expect(judgeProof(four, anything)).toMatchObject({ kind: "disagreeing" });
  });

  test("another address than the expected one is a mismatch only when witnesses agree on it", () => {
    const expectation = { ...anything, expectedIp: exit("8.8.8.8") };
    expect(judgeProof([seen("a", "1.1.1.1"), seen("b", "1.1.1.1")], expectation)).toMatchObject({
      kind: "mismatch",
      why: "2 witnesses saw 1.1.1.1, not the expected 8.8.8.8",
    });
    expect(judgeProof([seen("a", "1.1.1.1"), unknown("b")], expectation)).toMatchObject({
      kind: "incomplete",
    });
    expect(judgeProof([seen("a", "1.1.1.1"), seen("b", "8.8.8.8")], expectation)).toMatchObject({
      kind: "disagreeing",
    });
  });

  test("one witness that sees the host's own address is enough to refuse", () => {
    const answers = [seen("a", "8.8.8.8"), seen("b", "8.8.8.8"), seen("c", "9.9.9.9")];
    expect(judgeProof(answers, { ...anything, directIps: [direct] })).toMatchObject({
      kind: "direct_leak",
      ip: "9.9.9.9",
      why: "c saw 9.9.9.9, the host's own address",
    });
  });

  test("the other address family neither agrees nor contradicts", () => {
    const mixed = [seen("a", "8.8.8.8"), seen("b", "2606:4700::1"), seen("c", "8.8.8.8")];
    expect(judgeProof(mixed, anything)).toMatchObject({ kind: "proven", proof: { exitIps: ["8.8.8.8"] } });
    expect(judgeProof(mixed.slice(0, 2), anything)).toMatchObject({ kind: "incomplete" });
    const v6 = [seen("a", "2606:4700::1"), seen("b", "2606:4700::2")];
    expect(judgeProof(v6, anything)).toMatchObject({ kind: "proven", proof: { agreed: 2 } });
    expect(judgeProof(v6, { ...anything, expectedIp: exit("8.8.8.8") })).toMatchObject({
      kind: "incomplete",
    });
  });

  test("what the proxy refuses is its own only where it refuses every witness", () => {
    const denied: TransportFailure = { ...refused, kind: "denied", scope: "target", status: 403 };
    const silent: TransportFailure = { ...refused, kind: "timeout", scope: "target" };
    expect(judgeProof([unknown("a", denied), unknown("b", denied)], anything)).toMatchObject({
      kind: "transport",
      failure: denied,
    });
    expect(judgeProof([unknown("a", denied), unknown("b", silent)], anything).kind).toBe("incomplete");
  });

  test("a proxy that could not be used is told by its failure, a refused credential first", () => {
    const auth: TransportFailure = { ...refused, kind: "auth", status: 407 };
    expect(judgeProof([unknown("a", refused), unknown("b")], anything)).toMatchObject({
      kind: "transport",
      failure: refused,
    });
    expect(judgeProof([unknown("a", refused), unknown("b", auth)], anything)).toMatchObject({
      kind: "transport",
      failure: { kind: "auth" },
    });
    const elsewhere = unknown("a", { ...refused, scope: "target" });
    expect(judgeProof([elsewhere, unknown("b")], anything)).toMatchObject({ kind: "incomplete" });
  });

  test("the country is what most agreeing witnesses say, and a tie is none", () => {
    const germany = seen("a", "8.8.8.8", { in: "DE" });
    const france = seen("b", "8.8.8.8", { in: "FR" });
    expect(judgeProof([germany, france], anything)).toMatchObject({ proof: { country: undefined } });
    const again = seen("c", "8.8.8.8", { in: "DE" });
    expect(judgeProof([germany, france, again], anything)).toMatchObject({ proof: { country: "DE" } });
  });

  test("an exit that counts only in the lab is said to be one", () => {
    const answers = [seen("a", "127.0.0.2"), seen("b", "127.0.0.2", { reach: "lab" })];
    expect(judgeProof(answers, anything)).toMatchObject({ proof: { reach: "lab" } });
  });

  test("for any answers, nothing is proven without two distinct witnesses who outnumber the others", () => {
    const answer = fc.oneof(
      fc
        .tuple(fc.constantFrom("a", "b", "c", "d", "e"), fc.constantFrom("8.8.8.8", "1.1.1.1", "9.9.9.9"))
        .map(([witness, ip]): WitnessAnswer => seen(witness, ip)),
      fc.constantFrom("a", "b", "c").map((witness): WitnessAnswer => unknown(witness)),
    );
    fc.assert(
      fc.property(fc.array(answer, { maxLength: 8 }), fc.boolean(), (answers, knowsDirect) => {
        const verdict = judgeProof(answers, { ...anything, directIps: knowsDirect ? [direct] : [] });
        if (verdict.kind !== "proven") return;
        const votes = new Map<string, Set<string>>();
        for (const one of answers) {
          if (one.kind === "seen")
            votes.set(one.exitIp, (votes.get(one.exitIp) ?? new Set()).add(one.witness));
        }
        const own = votes.get(verdict.proof.exitIps[0])?.size ?? 0;
        const all = [...votes.values()].reduce((sum, witnesses) => sum + witnesses.size, 0);
        expect(own).toBeGreaterThanOrEqual(2);
        expect(own * 2).toBeGreaterThan(all);
        if (knowsDirect) expect(votes.has("9.9.9.9")).toBe(false);
      }),
    );
  });

  test("edge case 17: for any answers, adding an unknown one never changes what is proven", () => {
    const reading = fc
      .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom("8.8.8.8", "1.1.1.1"))
      .map(([witness, ip]) => seen(witness, ip));
    fc.assert(
      fc.property(fc.array(reading, { minLength: 1, maxLength: 5 }), (answers) => {
        const before = judgeProof(answers, anything).kind;
        expect(judgeProof([...answers, unknown("z", refused)], anything).kind).toBe(before);
      }),
    );
  });
});

describe("an exit of both address families", () => {
  const both = [
    seen("a", "2606:4700::1"),
    seen("b", "8.8.8.8"),
    seen("c", "2606:4700::2"),
    seen("d", "8.8.8.8"),
  ];
  const six = exit("2606:4700::9");

  test("is proven with IPv4 first, or with the family of the expected address", () => {
    expect(judgeProof(both, anything)).toMatchObject({
      kind: "proven",
      proof: { exitIps: ["8.8.8.8", "2606:4700::1"], agreed: 4, asked: 4 },
    });
    expect(judgeProof(both, { ...anything, expectedIp: six })).toMatchObject({
      kind: "proven",
      pins: false,
      proof: { exitIps: ["2606:4700::1", "8.8.8.8"] },
    });
  });

  test("is not proven by the family that was not expected, and not refused for it", () => {
    const expectation = { ...anything, expectedIp: exit("8.8.8.8") };
    expect(
      judgeProof(
        both.filter(({ exitIp }) => exitIp !== "8.8.8.8"),
        expectation,
      ),
    ).toMatchObject({
      kind: "incomplete",
    });
    expect(judgeProof(both, { ...anything, expectedIp: exit("1.1.1.1") })).toMatchObject({
      kind: "mismatch",
    });
  });

  test("names an exit of a family that too few witnesses saw, and none where both are proven", () => {
    const one = [...both.filter(({ exitIp }) => exitIp === "8.8.8.8"), seen("a", "2606:4700::1")];
    expect(judgeProof(one, anything)).toMatchObject({
      kind: "proven",
      besides: expect.stringMatching(
        /^a saw 2606:4700::1: it has an exit over IPv6 too, which is not proven/,
      ),
    });
    expect(judgeProof(both, anything)).toMatchObject({ kind: "proven", besides: undefined });
    const six = [...both.filter(({ exitIp }) => exitIp !== "8.8.8.8"), seen("b", "8.8.8.8")];
    expect(judgeProof(six, anything)).toMatchObject({
      besides: expect.stringMatching(/^b saw 8\.8\.8\.8: .* IPv4/),
    });
  });

  test("leaves out a family in which one witness answers, or two disagree", () => {
    expect(judgeProof([...both.slice(0, 2), both[3] as WitnessAnswer], anything)).toMatchObject({
      proof: { exitIps: ["8.8.8.8"], agreed: 2 },
    });
    const split = [
      seen("a", "2606:4700::1"),
      seen("c", "2606:4700:0:9::1"),
      seen("b", "8.8.8.8"),
      seen("d", "8.8.8.8"),
    ];
    expect(judgeProof(split, anything)).toMatchObject({ proof: { exitIps: ["8.8.8.8"] } });
  });

  test("is refused for the host's own address in either family", () => {
    const own = [direct, exit("2606:4700::77") as unknown as DirectIp];
    expect(judgeProof(both, { ...anything, directIps: own })).toMatchObject({
      kind: "direct_leak",
      ip: "2606:4700::1",
    });
  });

  test("drifts in either family, and a family that was not proven says nothing", () => {
    const proven = { exitIps: [exit("8.8.8.8"), six] } as const;
    expect(judgeExitCheck(seen("a", "8.8.8.8"), proven, [])).toEqual({ kind: "match" });
    expect(judgeExitCheck(seen("a", "2606:4700::5"), proven, [])).toEqual({ kind: "match" });
    expect(judgeExitCheck(seen("a", "1.1.1.1"), proven, [])).toMatchObject({
      kind: "drift",
      expected: "8.8.8.8",
    });
    expect(judgeExitCheck(seen("a", "2606:4700:0:9::1"), proven, [])).toMatchObject({
      kind: "drift",
      expected: six,
    });
    expect(judgeExitCheck(unknown("a"), proven, [])).toMatchObject({ kind: "unknown" });
  });

  test("for any answers, what is proven of one family does not depend on the other", () => {
    const four = fc
      .tuple(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("8.8.8.8", "1.1.1.1"))
      .map(([witness, ip]) => seen(witness, ip));
    const other = fc
      .tuple(fc.constantFrom("e", "f", "g", "h"), fc.constantFrom("2606:4700::1", "2606:4700:0:9::1"))
      .map(([witness, ip]) => seen(witness, ip));
    const exitsOf = (answers: readonly WitnessAnswer[]) => {
      const verdict = judgeProof(answers, anything);
      return verdict.kind === "proven" ? verdict.proof.exitIps : [];
    };
    fc.assert(
      fc.property(fc.array(four, { maxLength: 5 }), fc.array(other, { maxLength: 5 }), (v4, v6) => {
        expect(exitsOf([...v6, ...v4])).toEqual([...exitsOf(v4), ...exitsOf(v6)]);
        const pinned = judgeProof([...v4, ...v6], { ...anything, expectedIp: exit("8.8.8.8") }).kind;
        expect(pinned).toBe(judgeProof(v4, { ...anything, expectedIp: exit("8.8.8.8") }).kind);
      }),
    );
  });
});

describe("a later reading", () => {
  const proven = { exitIps: [exit("8.8.8.8")] } as const;

  test("matches, drifts, or says nothing", () => {
    expect(judgeExitCheck(seen("a", "8.8.8.8"), proven, [direct])).toEqual({ kind: "match" });
    expect(judgeExitCheck(seen("a", "1.1.1.1"), proven, [direct])).toEqual({
      kind: "drift",
      expected: "8.8.8.8",
      seen: "1.1.1.1",
      why: "a saw 1.1.1.1, not 8.8.8.8",
    });
    expect(judgeExitCheck(unknown("a"), proven, [direct])).toEqual({
      kind: "unknown",
      why: "a: answered 503",
    });
    expect(judgeExitCheck(seen("a", "2606:4700::1"), proven, [direct])).toMatchObject({ kind: "unknown" });
  });

  test("the host's own address is a leak, in whichever family it shows", () => {
    expect(judgeExitCheck(seen("a", "9.9.9.9"), proven, [direct])).toMatchObject({ kind: "direct_leak" });
    const own6 = exit("2606:4700:0:1::5") as unknown as DirectIp;
    expect(judgeExitCheck(seen("a", "2606:4700:0:1::9"), proven, [own6])).toMatchObject({
      kind: "direct_leak",
    });
  });

  test("another address within the proven IPv6 network is the same exit", () => {
    const proven6 = { exitIps: [exit("2606:4700:0:1::5")] } as const;
    expect(judgeExitCheck(seen("a", "2606:4700:0:1:ffff::1"), proven6, [])).toEqual({ kind: "match" });
    expect(judgeExitCheck(seen("a", "2606:4700:0:2::5"), proven6, [])).toMatchObject({
      kind: "drift",
    });
  });
});
