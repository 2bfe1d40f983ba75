import type { UpRecord } from "../../adapters/host-files/up-file.ts";
import type { ProxyId } from "../../domain/ids.ts";
import type { Unit } from "../../domain/run/unit.ts";
import type { UnitKey } from "../../domain/run/unit-key.ts";
import { wordsApart } from "../../domain/text/unit-word.ts";
import { LaunchError } from "../../errors.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import type { SettledUnit } from "../../supervisor/desk/desk-ports.ts";
import { openReach } from "../operators/reach-launchers.ts";
import type { Workspace } from "../workspace.ts";

/** A unit may take its grace to stop, and what starts it again its proof. */
const answersWithinMs = 120_000;
const by = "launch up --replace";

/** Takes the units of a running launcher of many over, one after the other. */
export interface Replacing {
  /** Has the old launcher stop the unit, if it runs there; its next start is here, on the proxy with which this settles. */
  takeOver(unit: Unit): Promise<ProxyId | undefined>;
  /** Whether a unit that was taken over did not come back. */
  hasFailed(unit: SettledUnit): boolean;
  /** Gives everything back to the old launcher where one has failed, and throws LaunchError LAUNCH_CHECK_FAILED then. */
  giveBack(): Promise<void>;
}

/** Begins the replacement; throws LaunchError LAUNCH_CHECK_FAILED when the old launcher cannot be asked. */
export async function replace(workspace: Workspace, old: UpRecord): Promise<Replacing> {
  const store = await workspace.openStore();
  const live = (await store.runs.live()).filter(({ run }) => run.launcher.pid === old.process.pid);
  const keys = new Map(
    live.flatMap(({ run: { unit }, lease }) =>
      lease === undefined ? [] : [[placeOf(unit), lease.unitKey] as const],
    ),
  );
  const ask = await askerOf(workspace, old, live);
  const had = new Set(
    live.flatMap(({ run: { unit, phase } }) => (phase === "running" ? [placeOf(unit)] : [])),
  );
  const taken = new Map<string, { readonly key: UnitKey; readonly word: string }>();
  const wordOf = wordsApart(live.map(({ run: { unit } }) => unit));
  let failed: SettledUnit | undefined;
  return {
    async takeOver(unit) {
      const key = keys.get(placeOf(unit));
      if (key === undefined || taken.has(placeOf(unit))) return undefined;
      const word = wordOf(unit);
      taken.set(placeOf(unit), { key, word });
      // Read now: it may have been moved while others were taken over.
      const now = (await store.runs.live()).find(({ lease }) => lease?.unitKey === key)?.run;
      const problem = await ask(key, "stop");
      if (problem !== undefined)
        throw new LaunchError("LAUNCH_CHECK_FAILED", `The old launcher did not stop ${word}: ${problem}`);
      return now?.phase === "running" ? now.proxyId : undefined;
    },
    hasFailed(unit) {
      const isAsBefore = unit.state.kind === "waiting" && !had.has(placeOf(unit));
      const isBack = isAsBefore || ["ready", "running", "finished", "down"].includes(unit.state.kind);
      if (!isBack && taken.has(placeOf(unit))) failed ??= unit;
      return failed !== undefined;
    },
    async giveBack() {
      if (failed === undefined) return;
      const back = await Promise.all(
        [...taken.values()].map(async ({ key, word }) => ({ word, problem: await ask(key, "start") })),
      );
      const lost = back.filter(({ problem }) => problem !== undefined);
      const why = "why" in failed.state ? failed.state.why : failed.state.kind;
      const outcome =
        lost.length === 0
          ? `All units run under the old launcher (pid ${old.process.pid}) again.`
          : `The old launcher did not start ${lost.map(({ word, problem }) => `${word} (${problem})`).join(", ")}.`;
      throw new LaunchError("LAUNCH_CHECK_FAILED", `${wordOf(failed)} did not come back: ${why} ${outcome}`, {
        hint: "Mend what it says, then run `launch up -d --replace` again.",
      });
    },
  };
}

type Ask = (unitKey: UnitKey, verb: "stop" | "start") => Promise<string | undefined>;

/** Asks the old launcher; settles with what it could not do. Rejects where it cannot be asked at all, before anything is stopped. */
async function askerOf(workspace: Workspace, { process }: UpRecord, live: readonly LiveRun[]): Promise<Ask> {
  const socket = live.find(({ operatorSocket }) => operatorSocket !== undefined)?.operatorSocket;
  const { dialer } = openReach(workspace);
  const seen = socket === undefined ? undefined : await dialer.snapshot(socket);
  if (seen?.kind === "refused")
    throw new LaunchError(
      "LAUNCH_CHECK_FAILED",
      `launch up (pid ${process.pid}) cannot be asked to hand its units over: ${seen.why}.`,
      { hint: "Run `launch up -d --replace` as the user whose launcher that is." },
    );
  if (live.length > 0 && socket === undefined)
    throw new LaunchError(
      "LAUNCH_CHECK_FAILED",
      `launch up (pid ${process.pid}) has no socket on which it could be asked to hand its units over.`,
      { hint: "Run `launch down`, then `launch up -d`: its bots stand still in between." },
    );
  return async (unitKey, verb) => {
    const request = { verb, by, arguments: {} } as const;
    const heard = await dialer.ask(socket ?? "", unitKey, request, { withinMs: answersWithinMs });
    if (heard.kind === "answered") return heard.value.isDone ? undefined : heard.value.text;
    return heard.kind === "refused" ? heard.why : `it is ${heard.kind}`;
  };
}

// A bot and a collector may have one name.
function placeOf({ kind, name }: Pick<SettledUnit, "kind" | "name">): string {
  return `${kind} ${name}`;
}
