import type { DeclaredUnit } from "../../domain/desk/unit-care.ts";
import { LaunchError } from "../../errors.ts";
import type { ProcessTable } from "../../ports/process-table.ts";
import type { Operator } from "../operator.ts";
import { type ChoiceOptions, chooseProxy } from "../proxies/choose-proxy.ts";
import { possiblyLiveRuns } from "../runs/judge-run.ts";

/** What would become of a unit if it were started now. */
export interface UnitPreview {
  readonly name: string;
  readonly kind: "bot" | "collector";
  readonly outcome: "starts" | "runs" | "waits" | "stays_down" | "refused";
  /** Undefined for what goes direct or has no exit. */
  readonly label: string | undefined;
  readonly exitIp: string | undefined;
  readonly why: string | undefined;
}

/** Looks at each unit as a launcher would, and changes nothing. */
export async function previewUnits(
  operator: Operator,
  processes: Pick<ProcessTable, "judge">,
  units: readonly DeclaredUnit[],
  order: ChoiceOptions["order"],
): Promise<readonly UnitPreview[]> {
  const live = await possiblyLiveRuns(operator.store, processes);
  const down = new Map(
    (await operator.store.units.wishes())
      .filter(({ wanted }) => wanted === "down")
      .map(({ unitKey, by }) => [unitKey as string, by]),
  );
  const accounts = new Map((await operator.store.accounts.list()).map(({ name, id }) => [name, id]));
  const previews: UnitPreview[] = [];
  for (const { unit, care } of units) {
    const { name, kind } = unit;
    const key = kind === "bot" ? `bot:${accounts.get(name)}` : `collector:${name}`;
    const run = live.find((each) => each.unit.kind === kind && each.unit.name === name);
    const stopper = down.get(key);
    const base = { name, kind, label: undefined, exitIp: undefined, why: undefined };
    if (run !== undefined) previews.push({ ...base, outcome: "runs", why: `on ${run.launcher.host}` });
    else if (stopper !== undefined)
      previews.push({ ...base, outcome: "stays_down", why: `stopped by ${stopper}` });
    else if (kind === "collector") previews.push({ ...base, outcome: "starts", why: afterText(care.after) });
    else {
      const exit = await exitOf(operator, name, order);
      previews.push({ ...base, ...exit, why: exit.why ?? afterText(care.after) });
    }
  }
  return previews;
}

async function exitOf(
  operator: Operator,
  name: string,
  order: ChoiceOptions["order"],
): Promise<Pick<UnitPreview, "outcome" | "label" | "exitIp" | "why">> {
  try {
    const { proxy, exitIp } = await chooseProxy(operator, name, order === undefined ? {} : { order });
    return { outcome: "starts", label: proxy.label, exitIp, why: undefined };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    const outcome = error.code === "LAUNCH_UNKNOWN_ACCOUNT" ? "refused" : "waits";
    return { outcome, label: undefined, exitIp: undefined, why: error.message };
  }
}

function afterText(after: readonly string[]): string | undefined {
  return after.length === 0 ? undefined : `after ${after.join(", ")}`;
}
