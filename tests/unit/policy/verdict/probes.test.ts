import { describe, expect, test } from "vitest";
import type { ProxyHealth } from "../../../../lib/domain/proxy/proxy-health.ts";
import type { TransportFailure } from "../../../../lib/domain/proxy/transport.ts";
import { instant } from "../../../../lib/domain/time.ts";
import type { Evidence } from "../../../../lib/domain/verdict/evidence.ts";
import type { Guard } from "../../../../lib/policy/verdict/facts.ts";
import { judge } from "../../../../lib/policy/verdict/judge.ts";
import { candidateFacts, nowMs } from "../facts.ts";

const by = { actor: "system", host: "host-a", hostKey: "here", runId: undefined, accountId: undefined };
const passed: Evidence = { kind: "probe-passed", tookMs: 40 };
const failure: TransportFailure = {
  kind: "timeout",
  scope: "upstream",
  message: "proxy-1 timed out",
  status: undefined,
};
const failed: Evidence = { kind: "probe-failed", failure, refusals: 0, tookMs: 40 };

/** What this host has of the proxy after a row of probes, each at its time. */
function afterProbes(evidences: readonly Evidence[], control: Guard["control"] = "answers") {
  const { proxy } = candidateFacts(1);
  let health: ProxyHealth | undefined;
  let now = nowMs;
  const events: string[] = [];
  const waits: number[] = [];
  for (const evidence of evidences) {
    const facts = { proxy, assignment: undefined, health, sharing: [] };
    const { changes } = judge({ by, proxy, evidence }, facts, { control, random01: 0.5 }, now);
    for (const change of changes) {
      if (change.on !== "health") continue;
      health = change.next;
      if (change.event !== undefined) events.push(change.event.kind);
      waits.push((health.nextProbeAt ?? now) - now);
    }
    now = health?.nextProbeAt ?? instant(now + 1);
  }
  return { health, events, seconds: waits.map((ms) => ms / 1_000) };
}

describe("background probes", () => {
  test("that are answered come every ten minutes", () => {
    expect(afterProbes([passed, passed])).toMatchObject({
      health: { state: "up", failures: 0, latencyMs: 40 },
      events: [],
      seconds: [600, 600],
    });
  });

  test("that fail three times in a row within six seconds take the proxy down here, and then come ever more rarely", () => {
    const { health, events, seconds } = afterProbes([passed, ...Array.from({ length: 9 }, () => failed)]);
    expect(health).toMatchObject({ state: "down", failures: 9 });
    expect(events).toEqual(["proxy.down"]);
    expect(seconds).toEqual([600, 2, 2, 15, 30, 60, 120, 240, 300, 300]);
  });

  test("bring a proxy up again only when two in a row are answered", () => {
    const down = [failed, failed, failed];
    expect(afterProbes([...down, passed])).toMatchObject({ health: { state: "suspect", failures: 0 } });
    expect(afterProbes([...down, passed, failed]).health?.state).toBe("suspect");
    const { health, events } = afterProbes([...down, passed, passed]);
    expect(health).toMatchObject({ state: "up" });
    expect(events).toEqual(["proxy.down", "proxy.up"]);
  });

  test("never cool an assignment, and mark nobody where nothing else answers or an operator has to mend something", () => {
    const silent = afterProbes([failed, failed, failed, failed], "silent");
    expect(silent).toMatchObject({ health: undefined, events: [] });
    const remedied: Evidence = { ...failed, failure: { ...failure, remedy: "basic-only" } };
    expect(afterProbes([remedied, remedied, remedied]).health).toBeUndefined();
  });

  test("that wait for a control say nothing yet", () => {
    const { proxy } = candidateFacts(1);
    const facts = { proxy, assignment: undefined, health: undefined, sharing: [] };
    const verdict = judge(
      { by, proxy, evidence: failed },
      facts,
      { control: "unasked", random01: 0.5 },
      nowMs,
    );
    expect(verdict).toMatchObject({ changes: [], decision: { awaitsControl: true } });
  });

  test("that are refused twice take the credential out on this host", () => {
    const refused: Evidence = { ...failed, failure: { ...failure, kind: "auth" }, refusals: 2 };
    expect(afterProbes([refused]).health).toMatchObject({ state: "auth_failed" });
    expect(afterProbes([refused, passed]).health).toMatchObject({ state: "up" });
  });
});
