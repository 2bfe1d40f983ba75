import { expect, test } from "vitest";
import { instant } from "../../../lib/domain/time.ts";
import { addAccount } from "../../../lib/operations/accounts/add-account.ts";
import { listEvents, requireOneUnit } from "../../../lib/operations/history/list-events.ts";
import { findUnits } from "../../../lib/operations/units/find-units.ts";
import { wishUnits } from "../../../lib/operations/units/wish-units.ts";
import { failedEvent } from "../../../lib/supervisor/desk/failed-event.ts";
import { sampleCollector } from "../../support/fleet/sample-units.ts";
import { operatorBench } from "../../support/operator/operator-bench.ts";
import { sampleRun } from "../../support/sample-facts.ts";

test("an account and a collector of one name each have their own events, and the plain name of both is refused", async () => {
  const { operator } = operatorBench();
  const { store } = operator;
  const alice = { name: "alice", venues: [], allowedCountries: [], groupName: undefined, proxy: undefined };
  await addAccount(operator, alice);
  await addAccount(operator, { ...alice, name: "bob" });
  const run = sampleRun({ unit: { kind: "collector", name: "alice" } });
  await store.runs.begin(run);
  const said = {
    at: instant(0),
    kind: "collector.started",
    severity: "info",
    actor: "system",
  } as const;
  await store.history.append({ ...said, host: "host-a", runId: run.id, message: "its own" });
  const kindsOf = async (word: string) => {
    const { name: unitName, kind: unitKind } = await requireOneUnit(store, word, ["funding", "bob"]);
    return (await listEvents(store, { unitName, unitKind, limit: 9 }, ["funding"])).map(({ kind }) => kind);
  };
  expect(await kindsOf("bot:alice")).toEqual(["account.added"]);
  expect(await kindsOf("collector:alice")).toEqual(["collector.started"]);
  expect(await kindsOf("funding")).toEqual([]);
  const isBoth = { code: "LAUNCH_USAGE", hint: "Say which one: `bot:alice` or `collector:alice`." };
  await expect(kindsOf("alice")).rejects.toMatchObject(isBoth);
  await expect(kindsOf("bob")).rejects.toMatchObject({ code: "LAUNCH_USAGE" });
  await expect(kindsOf("collector:fundign")).rejects.toMatchObject({
    code: "LAUNCH_UNKNOWN_UNIT",
    hint: 'Did you mean "funding"?',
  });
  await expect(kindsOf("bot:alic")).rejects.toMatchObject({ code: "LAUNCH_UNKNOWN_ACCOUNT" });
});

test("a collector that never ran has its events too: that it could not start, and who stopped it", async () => {
  const { operator } = operatorBench();
  const { store } = operator;
  const ending = { exitStatus: 71, by: "launcher", reason: "pyton was not found" } as const;
  const at = { accountId: undefined, host: "host-a", now: instant(0) };
  await store.history.append(failedEvent(sampleCollector({ name: "depth" }), ending, at));
  const units = await findUnits(store, { names: ["depth"], isAll: false }, ["depth"]);
  await wishUnits(operator, units, "down");
  const found = await listEvents(store, { unitName: "depth", unitKind: "collector" }, ["depth"]);
  expect(found.map(({ kind }) => kind)).toEqual(["unit.wanted", "collector.stopped"]);
});
