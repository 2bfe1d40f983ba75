import { expect, test } from "vitest";
import type { Proxy } from "../../../../lib/domain/proxy/proxy.ts";
import type { ProxyHealth } from "../../../../lib/domain/proxy/proxy-health.ts";
import { instant } from "../../../../lib/domain/time.ts";
import { shownState } from "../../../../lib/policy/verdict/shown-state.ts";
import { candidateFacts, nowMs } from "../facts.ts";

const since = instant(nowMs - 60_000);
const { proxy } = candidateFacts(1, { proxy: { stateSince: instant(nowMs - 300_000) } });
const row = (hostKey: string, state: ProxyHealth["state"]): ProxyHealth => ({
  proxyId: proxy.id,
  hostKey,
  state,
  since,
  failures: 1,
  nextProbeAt: undefined,
  lastOkAt: undefined,
  latencyMs: undefined,
});
const shown = (change: Partial<Proxy>, ...health: ProxyHealth[]) =>
  shownState({ ...proxy, ...change }, health, { hostKey: "here", now: nowMs });

test("what this host sees of a proxy is shown, since when it sees it", () => {
  expect(shown({}, row("here", "auth_failed"))).toEqual({ state: "auth_failed", since });
  expect(shown({}, row("there", "down"), row("here", "suspect"))).toEqual({ state: "suspect", since });
});

test("the gravest that other hosts see is shown only where this one has said nothing", () => {
  expect(shown({}, row("a", "suspect"), row("b", "down"), row("c", "up")).state).toBe("down");
  expect(shown({}, row("here", "up"), row("b", "down"))).toEqual({ state: "ok", since: proxy.stateSince });
});

test("without anything seen, or where it is up, the proxy's own state is shown with its own time", () => {
  expect(shown({ state: "unverified" })).toEqual({ state: "unverified", since: proxy.stateSince });
  expect(shown({ state: "unverified" }, row("here", "up")).state).toBe("unverified");
});

test.each([
  ["disabled", { isActive: false }],
  ["expired", { expiresAt: instant(nowMs - 1) }],
  ["drifted", { state: "drifted" }],
] as const)("that a proxy is %s is said before all that hosts see of it", (state, change) => {
  expect(shown(change, row("here", "down"))).toEqual({ state, since: proxy.stateSince });
});
