import { describe, expect, test } from "vitest";
import type { BotChannelEvent } from "../../../../lib/ports/bot-channel.ts";
import type { FakeProxy } from "../../../support/fleet/fake-net.ts";
import { processOf, relayOf } from "../../../support/fleet/fleet.ts";
import { type Bench, heartbeatFor, labelOf, phaseOf, runningBench, textsOf } from "../bench.ts";

const failure = { kind: "refused", scope: "upstream", message: "fra refused", status: undefined } as const;

function failOneConnection({ launcher, run }: Bench): void {
  relayOf(launcher, run).options.onEvent({ type: "failed", target: "venue.test:443", failure });
}

function setFault({ fleet }: Bench, label: string, fault: FakeProxy["fault"]): void {
  const proxy = fleet.net.proxies.get(label);
  if (proxy !== undefined) proxy.fault = fault;
}

type Told = {
  readonly [Type in BotChannelEvent["type"]]: Partial<BotChannelEvent> & { readonly type: Type };
}[BotChannelEvent["type"]];

/** What our code in the bot's process says. */
function tell({ launcher, run }: Bench, event: Told): void {
  const process = processOf(launcher, run);
  if (process === undefined) throw new Error("no process");
  const { pid, runId } = process;
  const hello = { version: "1", observes: true, tunnel: false, selfCheck: "ok" };
  const usual = event.type === "hello" ? hello : {};
  launcher.host.sockets.get(runId)?.onEvent({ ...usual, pid, ...event } as BotChannelEvent);
}

describe("heartbeats", () => {
  test("that stop coming restart the bot on the same exit", async () => {
    const made = await runningBench();
    const first = processOf(made.launcher, made.run);
    await heartbeatFor(made, 20_000);
    expect(processOf(made.launcher, made.run)).toBe(first);
    await made.fleet.clock.advance(13_000);
    expect([labelOf(made), made.launcher.host.processes.length]).toEqual(["fra", 2]);
    expect(textsOf(made)).toContainEqual(expect.stringContaining("the bot hangs"));
  });

  test("that were never heard are missed a minute after the hello, and never of a program without one", async () => {
    const greeted = await runningBench();
    await greeted.fleet.clock.advance(62_000);
    expect(greeted.launcher.host.processes).toHaveLength(2);
    const mute = await runningBench({ settings: { tier: "kernel" } });
    mute.launcher.host.sockets.clear();
    expect(mute.launcher.host.processes).toHaveLength(1);
  });

  test("of a Python bot may be missing for a minute, or for as long as is set", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    tell(made, { type: "hello", program: "python" });
    await heartbeatFor(made, 5_000);
    await made.fleet.clock.advance(50_000);
    expect(made.launcher.host.processes).toHaveLength(1);
    await made.fleet.clock.advance(12_000);
    expect(made.launcher.host.processes).toHaveLength(2);
    const hasty = await runningBench({
      settings: { tier: "kernel" },
      unit: { heartbeat: { lostAfterMs: 20_000, loopMs: undefined } },
    });
    tell(hasty, { type: "hello", program: "python" });
    await heartbeatFor(hasty, 5_000);
    await hasty.fleet.clock.advance(22_000);
    expect(hasty.launcher.host.processes).toHaveLength(2);
  });

  test("of a process that let go of its socket are not missed, and the next one that greets is judged", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    await heartbeatFor(made, 5_000);
    tell(made, { type: "gone" });
    await made.fleet.clock.advance(120_000);
    expect(made.launcher.host.processes).toHaveLength(1);
    tell(made, { type: "hello", program: "node" });
    await heartbeatFor(made, 5_000);
    await made.fleet.clock.advance(20_000);
    expect(made.launcher.host.processes).toHaveLength(2);
  });

  test("are not asked of a program that says hello for itself and shows none", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    tell(made, { type: "gone" });
    tell(made, { type: "hello", program: "node", observes: false });
    await made.fleet.clock.advance(120_000);
    expect(made.launcher.host.processes).toHaveLength(1);
  });

  test("that stop while the transport is in doubt are missed once the doubt is settled", async () => {
    const made = await runningBench();
    await heartbeatFor(made, 5_000);
    setFault(made, "fra", "refused");
    setFault(made, "ams", "refused");
    failOneConnection(made);
    await made.fleet.clock.advance(30_000);
    expect(phaseOf(made)).toBe("verifying");
    setFault(made, "fra", "none");
    await made.fleet.clock.advance(30_000);
    expect(made.launcher.host.processes).toHaveLength(2);
  });
});

test("a bot that another program starts is told of, with the setting that lets us look inside", async () => {
  for (const [command, names] of [
    [
      ["env", "X=y", "node", "bot.mjs"],
      ["env", "node"],
    ],
    [
      ["/bin/sh", "-c", "cd /srv && exec python3.11 bot.py"],
      ["sh", "python"],
    ],
  ] as const) {
    const made = await runningBench({ settings: { tier: "kernel", runtime: undefined }, unit: { command } });
    tell(made, { type: "gone" });
    await made.fleet.clock.advance(60_000);
    const [wrapper, runtime] = names;
    expect(textsOf(made).filter((text) => text.includes("no heartbeat"))).toEqual([
      `shows no heartbeat: ${wrapper} starts ${runtime}, and nothing of ours runs in it unless \`runtime: ${runtime}\` is set for the bot; that it hangs would not be noticed`,
    ]);
    expect(await reasonOf(made)).toContain(`${wrapper} starts ${runtime}`);
  }
  const other = await runningBench({
    settings: { tier: "kernel", runtime: undefined },
    unit: { command: ["/srv/bot", "--nodes", "nodejs.txt"] },
  });
  tell(other, { type: "gone" });
  await other.fleet.clock.advance(60_000);
  expect(textsOf(other).filter((text) => text.includes("no heartbeat"))).toEqual([]);
});

async function reasonOf({ fleet, run }: Bench): Promise<string | undefined> {
  return (await fleet.store.runs.live()).find((each) => each.run.id === run.runId)?.run.reason;
}

test("a Python bot in whose process nothing of ours runs is told so once, with the reason that its command gives", async () => {
  for (const [command, why] of [
    [["python3", "-I", "bot.py"], "it was started with -I"],
    [["python3", "bot.py"], "nothing of ours runs in its process"],
  ] as const) {
    const made = await runningBench({ settings: { tier: "kernel", runtime: "python" }, unit: { command } });
    tell(made, { type: "gone" });
    await made.fleet.clock.advance(200_000);
    expect(textsOf(made).filter((text) => text.includes("no heartbeat"))).toEqual([
      `shows no heartbeat: ${why}; that it hangs would not be noticed`,
    ]);
    expect(made.launcher.host.processes).toHaveLength(1);
  }
  const off = await runningBench({
    settings: { tier: "kernel", runtime: "python" },
    unit: { observe: false },
  });
  tell(off, { type: "gone" });
  await off.fleet.clock.advance(20_000);
  expect(textsOf(off).filter((text) => text.includes("no heartbeat"))).toEqual([]);
});

describe("an asyncio loop that stands still", () => {
  const late = (made: Bench, loopLagMs: number | undefined) =>
    tell(made, { type: "heartbeat", lagMs: 0, loopLagMs });

  test("is told once at 15 s, and once when it turns again, and the bot is left alone", async () => {
    const made = await runningBench({ settings: { tier: "kernel" } });
    for (const lagMs of [10, 5_000, 15_000, 20_000, 300_000, 0, 0]) {
      late(made, lagMs);
      await made.fleet.clock.advance(1_000);
    }
    const told = textsOf(made).filter((text) => text.includes("loop"));
    expect(told).toEqual([
      expect.stringContaining("its asyncio loop has not turned for 15 s"),
      expect.stringContaining("its asyncio loop turns again, after 5 min"),
    ]);
    expect(made.launcher.host.processes).toHaveLength(1);
  });

  test("restarts the bot on the same exit where a limit is set", async () => {
    const unit = { heartbeat: { lostAfterMs: undefined, loopMs: 120_000 } };
    const made = await runningBench({ settings: { tier: "kernel" }, unit });
    late(made, 119_000);
    await made.fleet.clock.advance(5_000);
    expect(made.launcher.host.processes).toHaveLength(1);
    late(made, 124_000);
    await made.fleet.clock.advance(5_000);
    expect([labelOf(made), made.launcher.host.processes.length]).toEqual(["fra", 2]);
  });
});
