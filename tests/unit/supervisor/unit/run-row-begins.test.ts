import { describe, expect, test } from "vitest";
import type { KeyId, LauncherId } from "../../../../lib/domain/ids.ts";
import type { LauncherPorts } from "../../../../lib/supervisor/unit/ports.ts";
import { beginningRun, goneIn, shownPhase, shownReason } from "../../../../lib/supervisor/unit/run-row.ts";
import { fakeClock } from "../../../support/fake-clock.ts";
import {
  sampleBot,
  sampleBotSettings,
  sampleCollectorSettings,
} from "../../../support/fleet/sample-units.ts";
import { sampleProcess } from "../../../support/sample-facts.ts";
import { bench, runningBench } from "../bench.ts";

const self = sampleProcess({ host: "host-x", pid: 77 });

async function portsHere(): Promise<LauncherPorts> {
  const { launcher } = await bench();
  const vault = { ...launcher.ports.vault, keyIds: ["0badcafe" as KeyId] };
  const processes = { ...launcher.ports.processes, self: () => self };
  return { ...launcher.ports, clock: fakeClock(), processes, vault };
}

describe("the row of a run that begins", () => {
  test("of a bot names account, launcher, tier and what is bypass, and no exit or process yet", async () => {
    const unit = sampleBot({ local: ["127.0.0.1:5432"], publish: ["127.0.0.1:80:80"] });
    const settings = sampleBotSettings({ unit, tier: "kernel" });
    const ports = await portsHere();
    const launcherId = "launcher-1" as LauncherId;
    const { accountId, runId } = settings;
    const run = beginningRun(ports, settings, launcherId);
    expect(run).toMatchObject({
      id: runId,
      unit: { kind: "bot", accountId, name: "alice" },
      launcherId,
      launcher: self,
      startedAt: ports.clock.now(),
      phase: "starting",
      tier: "kernel",
      bypass: ["127.0.0.1:5432", "127.0.0.1:80:80"],
      restarts: 0,
      endedAt: undefined,
    });
    expect(run).toMatchObject(goneIn("holding"));
  });

  test("of a collector says that it goes direct", async () => {
    const run = beginningRun(await portsHere(), sampleCollectorSettings(), "launcher-1" as LauncherId);
    expect(run).toMatchObject({ unit: { kind: "collector", name: "funding" }, tier: "direct", bypass: [] });
  });
});

test("a phase that has a process and an exit loses nothing of its row", () => {
  for (const phase of ["starting", "proving", "running", "switching", "stopping", "ended"] as const)
    expect(goneIn(phase)).toEqual({});
});

test("a bot that looks for its next exit shows as switching, one that never ran as proving", async () => {
  const { run } = await runningBench();
  const { state } = run.runner;
  const choosing = {
    ...state,
    phase: "choosing",
    decision: { lost: undefined, tried: [] },
    child: undefined,
  } as const;
  expect(shownPhase(choosing)).toBe("switching");
  expect(shownPhase({ ...choosing, hasRun: false })).toBe("proving");
  expect(shownReason(choosing)).toBeUndefined();
  const holding = { ...state, phase: "holding", reason: "all cooling", lost: undefined } as const;
  expect([shownPhase(holding), shownReason(holding)]).toEqual(["holding", "all cooling"]);
});
