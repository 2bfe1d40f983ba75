import { describe, expect, test } from "vitest";
import type { Incident } from "../../../../../lib/domain/reputation/incident.ts";
import { instant } from "../../../../../lib/domain/time.ts";
import type { Evidence, Sighting } from "../../../../../lib/domain/verdict/evidence.ts";
import { judge } from "../../../../../lib/policy/verdict/judge.ts";
import { candidateFacts, nowMs } from "../../facts.ts";

const incident: Incident = {
  kind: "vendor",
  name: "vendor-a",
  since: nowMs,
  untilAt: instant(nowMs + 60_000),
  why: "5 of 10 exits of vendor-a fail",
};

function see(evidence: Evidence, during: Incident | undefined) {
  const facts = candidateFacts(1);
  const by = { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: undefined };
  const sighting: Sighting = { by, proxy: facts.proxy, evidence };
  const known = { ...facts, health: undefined, sharing: [], incident: during };
  return judge(sighting, known, { control: "answers", random01: 0.5 }, nowMs).changes;
}

const refused = { kind: "refused", scope: "upstream", message: "refused", status: undefined } as const;
const failed: Evidence = { kind: "proxy-failed", failure: refused, refusals: 0, tookMs: 1 };
const lost = (cause: "transport" | "auth" | "drift"): Evidence => ({
  kind: "exit-lost",
  cause,
  why: cause,
  cleanMs: 0,
});

describe("during an incident of its vendor or of this host", () => {
  test.each([
    ["that fails at its proof", failed, ["check", "history"]],
    ["whose exit is lost by transport", lost("transport"), ["history"]],
    ["whose credential is refused", lost("auth"), ["history"]],
  ] as const)("a proxy %s is not blamed, and that is told", (_what, evidence, kinds) => {
    const changes = see(evidence, incident);
    expect(changes.map(({ on }) => on)).toEqual(kinds);
    expect(changes.at(-1)).toMatchObject({
      event: {
        kind: "proxy.excused",
        message: "proxy-1: is not blamed, because vendor-a has an incident: 5 of 10 exits of vendor-a fail",
      },
    });
    expect(see(evidence, undefined).map(({ on }) => on)).toContain("health");
  });

  test("a proxy that shows another exit is blamed all the same: no incident explains that", () => {
    expect(see(lost("drift"), incident)).toEqual(see(lost("drift"), undefined));
  });
});
