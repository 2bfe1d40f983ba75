import fc from "fast-check";
import { expect, test } from "vitest";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import type { ExitCheckVerdict } from "../../../lib/policy/proof.ts";
import { countExitVotes, type ExitVote } from "../../../lib/policy/verdict/exit-vote.ts";

const proven = "203.0.113.7" as ExitIp;
const match: ExitCheckVerdict = { kind: "match" };
const silent: ExitCheckVerdict = { kind: "unknown", why: "no answer" };
const own: ExitCheckVerdict = {
  kind: "direct_leak",
  ip: "192.0.2.1" as ExitIp,
  why: "the host's own address",
};
const other = (seen: string): ExitCheckVerdict => ({
  kind: "drift",
  expected: proven,
  seen: seen as ExitIp,
  why: `saw ${seen}`,
});
const done = (...verdicts: ExitCheckVerdict[]): ExitVote => ({ verdicts, isDone: true });
const asked = (...verdicts: ExitCheckVerdict[]): ExitVote => ({ verdicts, isDone: false });
const kindOf = (...votes: ExitVote[]) => countExitVotes(votes, proven).kind;

test("the exit is kept when more of the others see it than any other address", () => {
  expect(kindOf(done(match))).toBe("kept");
  expect(kindOf(done(match), done(silent), done())).toBe("kept");
  expect(kindOf(done(match), done(match), done(other("198.51.100.1")))).toBe("kept");
  // Two that differ among themselves are no majority of one address.
  expect(kindOf(done(match), done(match), done(other("198.51.100.1")), done(other("198.51.100.2")))).toBe(
    "kept",
  );
});

test("the address that most others saw counts against it, not the one that was heard last", () => {
  const [first, last] = [other("198.51.100.1"), other("198.51.100.2")];
  expect(kindOf(done(match), done(match), done(first), done(first), done(last))).toBe("lost");
  expect(kindOf(done(match), done(match), done(last), done(first), done(first))).toBe("lost");
});

test("the host's own address, a draw, another address and silence lose it", () => {
  expect(kindOf(done(match), done(match), done(own))).toBe("lost");
  expect(kindOf(done(match), done(other("198.51.100.1")))).toBe("lost");
  expect(kindOf(done(other("198.51.100.1")), done(silent))).toBe("lost");
  expect(kindOf(done(silent), done())).toBe("lost");
  expect(kindOf()).toBe("lost");
});

test("what lost it is told: silence, the address that was seen, or that the witnesses do not agree", () => {
  const why = (...votes: ExitVote[]) => {
    const result = countExitVotes(votes, proven);
    return result.kind === "lost" ? result.why : undefined;
  };
  expect(why(done(silent))).toBe(`no other witness still sees ${proven}`);
  expect(why(done(other("198.51.100.1")), done(silent))).toBe("saw 198.51.100.1");
  expect(why(done(match), done(other("198.51.100.1")))).toBe(
    `saw 198.51.100.1; the witnesses do not agree on ${proven}`,
  );
  expect(kindOf(done(silent, match))).toBe("kept");
});

test("a witness that sees now the exit and now another address counts for the other", () => {
  expect(kindOf(done(match, other("198.51.100.1")))).toBe("lost");
  expect(kindOf(done(match), done(match, match, other("198.51.100.1")))).toBe("lost");
});

test("it is lost as soon as nothing can save it, and kept only once all were heard", () => {
  expect(kindOf(asked(), done(match))).toBe("open");
  expect(kindOf(asked(match), done(match))).toBe("open");
  expect(kindOf(asked(), done(other("198.51.100.1")), done(other("198.51.100.1")))).toBe("lost");
  expect(kindOf(asked(own), asked(match))).toBe("lost");
  expect(kindOf(asked(match), done(other("198.51.100.1")))).toBe("lost");
});

test("one that lies never outvotes two that do not, whatever it tells and however often; without a match nothing is kept", () => {
  const lie = fc.constantFrom(silent, other("198.51.100.1"), other("198.51.100.2"), match);
  fc.assert(
    fc.property(fc.array(lie, { maxLength: 3 }), fc.integer({ min: 2, max: 5 }), (lies, honest) => {
      const votes = Array.from({ length: honest }, () => done(match, match, match));
      expect(kindOf(done(...lies), ...votes)).toBe("kept");
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.array(lie.filter((each) => each !== match))), (told) => {
      expect(kindOf(...told.map((verdicts) => done(...verdicts)))).toBe("lost");
    }),
  );
});
