import type { RequestId, RunVerb } from "../../domain/run/unit-wish.ts";
import type { PresentLauncher } from "../../ports/store/launcher-store.ts";
import type { LiveRun } from "../../ports/store/run-store.ts";
import { type KnownUnit, subjectOf } from "../find-by-name.ts";
import { type Operator, record } from "../operator.ts";
import { answerTo } from "../requests/ask-unit.ts";
import { judgeRun, judgingOnce } from "../runs/judge-run.ts";
import { type Asked, askLauncher, type Reach } from "./ask-launcher.ts";
import { wishUnits } from "./wish-units.ts";

/** What is done to many units at once. */
export type OperatedVerb = Exclude<RunVerb, "rotate" | "check">;

/**
 * What became of a verb for one unit. `asked`: its launcher was told, and nobody waited · `not_done`: its launcher says why not ·
 * `no_answer`: its launcher does not answer · `not_started`: no launcher has it in its file.
 */
export interface Operated {
  readonly unit: KnownUnit;
  readonly outcome: Exclude<Asked["outcome"], "dead"> | "not_started";
  readonly text: string;
  readonly tookMs: number;
}

/** What is to be done to them. */
export interface OperatedWish {
  readonly verb: OperatedVerb;
  readonly isAwaited: boolean;
  /** Called with each as soon as it is known what became of it. */
  readonly onSettled?: (operated: Operated) => void;
}

/** Stops, starts or restarts the units, all at once; what an operator wants of them is written down before anything is asked. */
export async function operateUnits(
  operator: Operator,
  reach: Reach,
  units: readonly KnownUnit[],
  { verb, isAwaited, onSettled }: OperatedWish,
): Promise<readonly Operated[]> {
  await wishUnits(operator, units, verb === "stop" ? "down" : "up");
  const once = judgingOnce(reach.processes);
  const runs = new Map<string, LiveRun[]>();
  // One whose launcher died is told of, and its socket taken away.
  for (const run of await operator.store.runs.live()) {
    if (judgeRun(run, once) === "over") continue;
    const { unit } = run.run;
    const key = `${unit.kind}:${unit.name}`;
    runs.set(key, [...(runs.get(key) ?? []), run]);
  }
  return Promise.all(
    units.map(async (unit) => {
      const startedAtMs = operator.clock.monotonicMs();
      const live = runs.get(`${unit.kind}:${unit.name}`) ?? [];
      const done = await operateOne(operator, reach, unit, { verb, isAwaited, live });
      const operated = { unit, ...done, tookMs: Math.round(operator.clock.monotonicMs() - startedAtMs) };
      onSettled?.(operated);
      return operated;
    }),
  );
}

interface Operation {
  readonly verb: OperatedVerb;
  readonly isAwaited: boolean;
  readonly live: readonly LiveRun[];
}

type Done = Pick<Operated, "outcome" | "text">;

async function operateOne(
  operator: Operator,
  reach: Reach,
  unit: KnownUnit,
  { verb, isAwaited, live }: Operation,
): Promise<Done> {
  // A collector with `instances: many` may run in several launchers.
  const asked = await Promise.all(
    live.map((run) => askLauncher(operator, reach, unit, { run, verb, isAwaited })),
  );
  const told = asked.flatMap(({ outcome, text }) => (outcome === "dead" ? [] : [{ outcome, text }]));
  const worst = told.find(({ outcome }) => outcome !== "done") ?? told[0];
  if (worst?.outcome === "no_answer" && verb === "stop")
    return { ...worst, text: `${worst.text} It stays stopped once it has ended.` };
  if (worst !== undefined) return worst;
  if (verb !== "stop") return startElsewhere(operator, reach, unit, isAwaited);
  const dead = asked.map(({ text }) => text);
  return { outcome: "done", text: [...dead, "It does not run, and stays stopped."].join(" ") };
}

/** A launcher answers a row at its next renewal, or has no such unit. */
const startAnsweredWithinMs = 75_000;

// Nothing runs. A launcher that has the unit in its file can start it: those here are asked, those elsewhere read it in a row.
async function startElsewhere(
  operator: Operator,
  reach: Reach,
  unit: KnownUnit,
  isAwaited: boolean,
): Promise<Done> {
  const launchers = await operator.store.launchers.present();
  const near = launchers.filter(({ process }) => reach.processes.judge(process) !== "elsewhere");
  const message = `The ${unit.kind} ${unit.name} was asked to start.`;
  let stranger: string | undefined;
  for (const path of await socketsOf(near, reach)) {
    const units = await reach.dialer.snapshot(path);
    if (units.kind === "refused") stranger = units.why;
    const isThere = units.kind === "answered" && units.value.some(({ unitKey }) => unitKey === unit.unitKey);
    if (!isThere) continue;
    await record(operator, operator.store, { kind: "unit.asked", message, ...subjectOf(unit) });
    const request = { verb: "start", by: operator.actor, arguments: {} } as const;
    const heard = await reach.dialer.ask(path, unit.unitKey, request, {
      withinMs: startAnsweredWithinMs,
    });
    if (heard.kind === "answered")
      return { outcome: heard.value.isDone ? "done" : "not_done", text: heard.value.text };
  }
  if (near.length === launchers.length && stranger === undefined)
    return { outcome: "not_started", text: howToStart(unit) };
  const id = operator.random.uuid() as RequestId;
  await operator.store.transaction(async (store) => {
    await store.requests.add({ id, unitKey: unit.unitKey, verb: "start", arguments: {}, by: operator.actor });
    await record(operator, store, { kind: "unit.asked", message, ...subjectOf(unit) });
  });
  if (!isAwaited)
    return {
      outcome: "asked",
      text:
        stranger === undefined
          ? `No launcher of this host has it. One elsewhere that has it in its file starts it within 4 s. ${howToStart(unit)}`
          : `A launcher that has it in its file starts it within 4 s. One was not asked directly: ${stranger}.`,
    };
  const { isDone, text } = await answerTo(operator, id);
  return { outcome: isDone ? "done" : "not_started", text: isDone ? text : `${text} ${howToStart(unit)}` };
}

// Those of another state folder are found by their rows.
async function socketsOf(launchers: readonly PresentLauncher[], reach: Reach): Promise<readonly string[]> {
  const known = launchers.flatMap(({ operatorSocket }) => operatorSocket ?? []);
  return [...new Set([...(await reach.near()), ...known])];
}

function howToStart({ kind, name }: KnownUnit): string {
  const words = kind === "bot" ? `bot --account ${name}` : `collector ${name}`;
  return `No launcher has it in its file: run \`launch up ${name}\`, \`launch ${words}\` in a terminal of its own, or have pm2 or systemd start it.`;
}
