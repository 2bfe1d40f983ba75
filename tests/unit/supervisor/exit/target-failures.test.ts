import { expect, test } from "vitest";
import type { TransportFailure } from "../../../../lib/domain/proxy/transport.ts";
import type { RelayEvent } from "../../../../lib/ports/relay.ts";
import { relayOf } from "../../../support/fleet/fleet.ts";
import { heartbeatFor, runningBench, textsOf } from "../bench.ts";

const denied = (target: string): RelayEvent => ({
  type: "failed",
  target,
  failure: {
    kind: "denied",
    scope: "target",
    message: `fra answered CONNECT ${target} with HTTP 403 (policy_20050)`,
    status: 403,
  } satisfies TransportFailure,
});
const down: RelayEvent["type"] extends never ? never : (target: string) => RelayEvent = (target) => ({
  type: "failed",
  target,
  failure: { kind: "refused", scope: "upstream", message: "fra refused the connection", status: undefined },
});

test("what a target fails with is one line and one event at once, and then one a minute with how often", async () => {
  const made = await runningBench({ settings: { tier: "kernel" } });
  const relay = relayOf(made.launcher, made.run);
  const told = (): readonly string[] => textsOf(made).filter((text) => text.includes("HTTP 403"));
  for (let i = 0; i < 4; i++) relay.options.onEvent(denied("venue.test:443"));
  relay.options.onEvent(denied("other.test:443"));
  expect(told()).toEqual([
    "fra answered CONNECT venue.test:443 with HTTP 403 (policy_20050)",
    "fra answered CONNECT other.test:443 with HTTP 403 (policy_20050)",
  ]);
  await heartbeatFor(made, 65_000);
  expect(told().slice(2)).toEqual([
    "fra answered CONNECT venue.test:443 with HTTP 403 (policy_20050), 3 more times",
  ]);
  await heartbeatFor(made, 130_000);
  expect(told()).toHaveLength(3);
  relay.options.onEvent(denied("venue.test:443"));
  expect(told()).toHaveLength(4);
  await heartbeatFor(made, 5_000);
  const events = await made.fleet.store.history.list({ limit: 100 });
  expect(events.filter(({ kind }) => kind === "target.failed").map(({ message }) => message)).toHaveLength(4);
});

test("what every target meets alike is told once, a flood of targets is counted, and the rest is told at the end", async () => {
  const made = await runningBench({ settings: { tier: "kernel" } });
  const relay = relayOf(made.launcher, made.run);
  for (let i = 0; i < 30; i++) relay.options.onEvent(down(`t${i}.test:443`));
  for (let i = 0; i < 100; i++)
    relay.options.onEvent({
      type: "refused",
      because: "target",
      target: `10.0.0.${i}:80`,
      why: "it is not a public address",
    });
  const lines = () => textsOf(made).filter((text) => /refused/.test(text));
  expect(lines().filter((text) => text.includes("fra refused"))).toHaveLength(1);
  expect(lines().length).toBeLessThan(45);
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(1_000);
  expect(lines()).toContainEqual(
    "fra refused the connection when asked for t0.test:443 and others, 29 more times",
  );
  expect(lines()).toContainEqual(
    expect.stringMatching(/^\d\d connections to other targets failed or were refused$/),
  );
});

test("a failure that names no target is told with the one that met it, for a proxy may refuse one venue in silence", async () => {
  const made = await runningBench({ settings: { tier: "kernel" } });
  const relay = relayOf(made.launcher, made.run);
  const message = "fra (http://gw:1) closed the connection without an answer";
  for (let i = 0; i < 3; i++)
    relay.options.onEvent({
      type: "failed",
      target: "venue.test:443",
      failure: { kind: "reset", scope: "upstream", message, status: undefined },
    });
  made.run.runner.requestStop("TERM");
  await made.fleet.clock.advance(1_000);
  const told = textsOf(made).filter((text) => text.includes("closed"));
  expect(told).toEqual([
    `${message} when asked for venue.test:443`,
    `${message} when asked for venue.test:443, 2 more times`,
  ]);
});
