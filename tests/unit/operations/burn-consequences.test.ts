import { beforeEach, describe, expect, test } from "vitest";
import type { VenueName } from "../../../lib/domain/account.ts";
import type { ExitIp } from "../../../lib/domain/ip.ts";
import { switchDefaults } from "../../../lib/domain/reputation/switch-rules.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import { allowExit } from "../../../lib/operations/exits/allow-exit.ts";
import { consequencesOfBurn } from "../../../lib/operations/exits/exit-consequences.ts";
import { burnExit, reviveExit } from "../../../lib/operations/exits/judge-exit.ts";
import { reportExit } from "../../../lib/operations/requests/report-exit.ts";
import { decideSwitch } from "../../../lib/policy/reputation/budget.ts";
import type { PermitId } from "../../../lib/ports/store/reputation/switch-store.ts";
import { assignNewProxy, runThrough } from "../../support/operator/alice-on-proxies.ts";
import { type OperatorBench, operatorBench } from "../../support/operator/operator-bench.ts";

const binance = "binance" as VenueName;
let bench: OperatorBench;
beforeEach(async () => {
  bench = operatorBench();
  const plain = { allowedCountries: [], groupName: undefined, proxy: undefined };
  await addAccount(bench.operator, { name: "alice", venues: [binance], ...plain });
  await assignNewProxy(bench, "fra-1", 1, "203.0.113.1");
  await assignNewProxy(bench, "ams-1", 2, "203.0.113.2");
});

const burning = (label: string) =>
  consequencesOfBurn(bench.operator, label, { venue: binance, untilAt: undefined, rules: switchDefaults });

/** A planned switch of alice's bot, as its launcher would have claimed it. */
async function switchedBefore() {
  const run = await runThrough(bench, "fra-1");
  const accountId = run.unit.kind === "bot" ? run.unit.accountId : (undefined as never);
  const subject = { accountId, runId: run.id, venues: [binance], provider: undefined, hostKey: "host-a" };
  const request = { ...subject, exitKey: "203.0.113.1", kind: "planned", cause: "burned" } as const;
  const claim = { id: "permit-1" as PermitId, request, windows: switchDefaults };
  await bench.operator.store.switches.claim(claim, (facts) => decideSwitch(request, facts, switchDefaults));
}

describe("what a burn means for a bot that runs on the exit", () => {
  test("is that it moves, while it has a switch left", async () => {
    await runThrough(bench, "fra-1");
    expect(await burning("fra-1")).toEqual(["alice's bot runs through fra-1 and will leave it."]);
    expect(await burning("ams-1")).toEqual([]);
  });

  test("is that it stops, where its planned switches are used up, until when and how it goes on at once", async () => {
    await switchedBefore();
    const said = await burning("fra-1");
    expect(said).toEqual([
      "alice's bot runs through fra-1 and will leave it.",
      expect.stringMatching(
        /^alice's bot stops and waits until \d\d:\d\d: the account may make 1 planned switch in 10 min, and has\. `launch rotate alice` moves it at once\.$/,
      ),
    ]);
    expect(await burning("ams-1")).toEqual([]);
    bench.nowMs += switchDefaults.tenMinutesMs + 1;
    expect(await burning("fra-1")).toHaveLength(1);
  });
});

test("a command that takes no --new-venue does not advise it", async () => {
  const { operator } = bench;
  const venue = "binnance" as VenueName;
  const word = { named: "fra-1", why: undefined };
  const report = { what: "burned", venue, untilAt: undefined, why: undefined } as const;
  for (const refused of [
    burnExit(operator, word, { venue, untilAt: undefined }),
    reviveExit(operator, word, venue),
    reportExit(operator, "alice", report),
    allowExit(operator, "alice", { exitIp: "203.0.113.1" as ExitIp, venue }),
  ])
    await expect(refused).rejects.toMatchObject({
      code: "LAUNCH_UNKNOWN_VENUE",
      hint: 'Did you mean "binance"? `launch account ls` shows the venues.',
    });
});
