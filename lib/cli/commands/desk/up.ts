import type { UpRecord } from "../../../compose/desk/detach.ts";
import { loadApart } from "../../../compose/desk/load-apart.ts";
import type { DeclaredUnits } from "../../../compose/desk/plan-desk.ts";
import type {
  DeskOptions,
  SettledUnit,
  StopProgress,
  UnitDifference,
} from "../../../compose/desk/run-desk.ts";
import type { Workspace } from "../../../compose/workspace.ts";
import type { LaunchConfig } from "../../../config/launch-config.ts";
import { launcherSettings } from "../../../config/load/launcher-settings.ts";
import { operatorEnvironment } from "../../../config/sources/surroundings.ts";
import { wordsApart } from "../../../domain/text/unit-word.ts";
import { InternalError, LaunchError, UsageError } from "../../../errors.ts";
import { previewUnits } from "../../../operations/units/preview-units.ts";
import { previewView } from "../../../operations/views/preview.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { withoutUserParts } from "../../error-report.ts";
import { launcherFlags } from "../../parse/managed-flags.ts";
import type { Io } from "../../terminal/io.ts";
import { renderPreview, renderSettled } from "../../view/desk-table.ts";
import type { Style } from "../../view/style.ts";

/** How long `-d` waits for the first start of all units. */
const settleWithinMs = 120_000;
/** What the end of a launcher takes beside the longest grace. */
const moreMs = 30_000;
/** How long a launcher that runs may read a configuration. */
const readWithinMs = 30_000;

export const usage = {
  details:
    "Runs the bots and collectors of launch.yaml in one launcher: all, or those that are named (patterns such as fut-* too) with what they wait for (`after`). Starts them in the order of `after`, starts again what crashes, and obeys what operators want of a unit. Ends when none of them is left to run.",
  examples: ["launch up", "launch up -d", "launch up 'fut-*' --dry-run"],
  operands: [{ name: "unit", help: "Bots and collectors, by name or pattern.", arity: "many" }],
  flags: {
    detach: {
      kind: "toggle",
      help: "Go on without this terminal; logs/up.log of the state folder tells of it.",
    },
    "dry-run": { kind: "toggle", help: "Only say what would start, on which exit, and what would not." },
    "no-output": { kind: "toggle", help: "Do not show what the units print; their logs have it." },
    replace: {
      kind: "toggle",
      help: "Take the units of the running launch up over, one at a time; all go back to it when one does not come back.",
    },
    ...launcherFlags,
  },
} as const satisfies CommandUsage;

type Up = Context<typeof usage>;

/** Runs the units until none is left to run. */
export async function run(context: Up): Promise<Outcome> {
  const { flags } = context;
  const stays = !flags.detach && !flags["dry-run"];
  const [workspace, { planDesk }] = await Promise.all([
    context.openWorkspace(stays ? loadApart : undefined),
    import("../../../compose/desk/plan-desk.ts"),
    // What it will need is loaded while another process reads launch.yaml.
    stays ? import("../../../compose/desk/run-desk.ts") : undefined,
  ]);
  const plan = await planDesk(workspace.config, () => workspace.openStore(), context.args.unit);
  if (flags["dry-run"]) return await preview(workspace, plan);
  const { findUp } = await import("../../../compose/desk/find-up.ts");
  const other = findUp(workspace.config.stateFolder);
  if (other !== undefined && !flags.replace) throw runsAlready(other.process.pid, workspace);
  if (other !== undefined) await tellLeftOut(context, workspace, { old: other, plan });
  if (flags.detach) return await startDetached(context, workspace);
  return await keep(context, workspace, plan);
}

// A name too few on the line would end bots that nobody meant.
async function tellLeftOut(
  { io }: Up,
  workspace: Workspace,
  { old, plan }: { readonly old: UpRecord; readonly plan: DeclaredUnits },
): Promise<void> {
  const live = await (await workspace.openStore()).runs.live();
  const isTaken = (kind: string, name: string) =>
    plan.units.some(({ unit }) => unit.kind === kind && unit.name === name);
  const had = live.flatMap(({ run: { unit, launcher } }) => (launcher.pid === old.process.pid ? [unit] : []));
  const wordOf = wordsApart(had);
  for (const unit of had) {
    if (isTaken(unit.kind, unit.name)) continue;
    const text = "ends with the launcher that is replaced, because it is no unit of this one";
    io.journal.say({ level: "warning", unit: wordOf(unit), text });
  }
}

async function preview(workspace: Workspace, { units, refused }: DeclaredUnits): Promise<Outcome> {
  const operator = await workspace.openOperator();
  const { order } = workspace.config.selection;
  const rows = await previewUnits(operator, workspace.processes, units, order);
  return { data: previewView(rows, refused), text: (style) => renderPreview(rows, refused, style) };
}

async function startDetached(context: Up, workspace: Workspace): Promise<Outcome> {
  const { flags, io } = context;
  const { detach } = await import("../../../compose/desk/detach.ts");
  const passed = (["force", "replace"] as const).flatMap((flag) => (flags[flag] ? [`--${flag}`] : []));
  const words = ["up", ...context.args.unit, ...sameFlags(io), "--no-output", ...passed];
  const progress = await io.progress("starting");
  const { pid, log, settled } = await detach(workspace, words, settleWithinMs).finally(() => progress.done());
  return {
    data: { version: 1, pid, log, units: settled ?? null },
    ...(settled === undefined ? {} : { text: (style: Style) => renderSettled(settled, style) }),
    notes: [
      ...(settled === undefined
        ? [
            `Some units are still starting after ${settleWithinMs / 1_000} s; \`launch ps\` shows all of them.`,
          ]
        : []),
      `launch up runs as pid ${pid}; its log is ${log}. End it with \`launch down\`.`,
    ],
    exitStatus: settled?.some(({ state }) => state === "failed") ? 1 : 0,
  };
}

async function keep(context: Up, workspace: Workspace, { units, refused }: DeclaredUnits): Promise<Outcome> {
  const { flags, io } = context;
  const { keepUpRecord, runDesk } = await import("../../../compose/desk/run-desk.ts");
  const { passOutput } = await import("../../terminal/unit-output.ts");
  const { engineNotice } = await import("../../../compose/engines/engine-notice.ts");
  const stops = io.signals;
  const notice = engineNotice(workspace, stops.graceful);
  let isReloadWanted = false;
  stops.onReload(() => {
    isReloadWanted = true;
  });
  io.neverWait();
  const wordOf = wordsApart([...units.map(({ unit }) => unit), ...refused]);
  for (const { why, ...unit } of refused)
    io.journal.say({ level: "error", unit: wordOf(unit), text: `is not started: ${why}` });
  if (units.length === 0) throw nothingToStart(workspace);
  const words = units.map(({ unit }) => wordOf(unit));
  const record = keepUpRecord(workspace, units);
  const { findUp } = await import("../../../compose/desk/find-up.ts");
  const old = findUp(workspace.config.stateFolder);
  const replacing = old && (await (await import("../../../compose/desk/replace.ts")).replace(workspace, old));
  if (old === undefined) await record.update({});
  try {
    const exitStatus = await runDesk(workspace, units, {
      stops,
      mayBeMoved: flags.force,
      replacing,
      shown: flags["no-output"] ? undefined : passOutput(words, io.flags.color, operatorEnvironment()),
      onReloadable(reload) {
        let count = 0;
        const again = async (): Promise<void> => {
          count += 1;
          const done = await notice.reloading(reloaded(context, workspace, reload));
          await record.update({ reloads: { count, ...done } });
        };
        stops.onReload(() => void again());
        if (isReloadWanted) void again();
      },
      onStopping(progress) {
        io.journal.say({ level: "info", unit: progress.word, text: stoppingWords(progress) });
        record.stopping(progress);
      },
      onSettled: (all) => {
        const settled = all.map(settledOf);
        void (async () => {
          // What it has left is no unit of this launcher: it ends with the old one.
          if (old !== undefined) await endReplaced(workspace, old);
          await record.update({ settled });
          const running = settled.filter(({ state }) => state === "ready" || state === "running");
          notice.ready(`${running.length} of ${settled.length} units run`);
        })();
      },
    });
    await replacing?.giveBack();
    return { exitStatus };
  } finally {
    await record.remove();
    await notice.close();
  }
}

async function endReplaced({ config }: Workspace, old: UpRecord): Promise<void> {
  const { endUp } = await import("../../../compose/desk/find-up.ts");
  const withinMs = old.longestGraceMs + moreMs;
  await endUp(config.stateFolder, old, { by: "launch up --replace", withinMs });
}

function settledOf({ kind, name, state, waitsFor = [] }: SettledUnit) {
  const waits = waitsFor.length === 0 ? undefined : `waits for ${waitsFor.join(", ")}`;
  const why = state.kind === "queued" ? waits : "why" in state ? state.why : undefined;
  return { kind, name, state: state.kind, why };
}

function stoppingWords({ word, stopped, of }: StopProgress): string {
  if (word !== undefined) return `stopped (${stopped} of ${of})`;
  if (of === 0) return "ending: no bot or collector runs here any more";
  return `stopping ${of} ${of === 1 ? "bot or collector" : "bots and collectors"}; asked again, it ends them at once`;
}

// What is wrong with the new file changes nothing of what runs.
async function reloaded(
  { io, args }: Up,
  workspace: Workspace,
  reload: Parameters<DeskOptions["onReloadable"]>[0],
): Promise<{ readonly text: readonly string[]; readonly isRefused: boolean }> {
  try {
    const { next, plan } = await readAgain(io, workspace, args.unit);
    const [broken] = plan.refused;
    if (broken !== undefined) throw new UsageError("LAUNCH_USAGE", `${broken.name}: ${broken.why}`);
    const text = [
      ...describeDifference(await reload(plan.units)),
      ...describeLater(launcherSettings(workspace.config), launcherSettings(next)),
    ];
    for (const line of text) io.journal.say({ level: "info", unit: undefined, text: `reload: ${line}` });
    return { text, isRefused: false };
  } catch (error) {
    if (!(error instanceof LaunchError)) throw error;
    const message = withoutUserParts(error.message);
    // A file with more than one mistake is told on as many lines.
    for (const line of `nothing was changed: ${message}`.split("\n"))
      io.journal.say({ level: "error", unit: undefined, text: `reload: ${line.trim()}` });
    return { text: [message], isRefused: true };
  }
}

// Whatever is wrong with what is read must not end what runs.
async function readAgain(
  { flags }: Io,
  workspace: Workspace,
  names: readonly string[],
): Promise<{ readonly next: LaunchConfig; readonly plan: DeclaredUnits }> {
  try {
    const { planDesk } = await import("../../../compose/desk/plan-desk.ts");
    const next = await loadApart(flags, readWithinMs);
    return { next, plan: await planDesk(next, () => workspace.openStore(), names) };
  } catch (error) {
    throw error instanceof LaunchError
      ? error
      : new InternalError("read-again", String(error), { cause: error });
  }
}

// Only a start takes these over: nothing of them may seem to be in force.
function describeLater(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  const names = Object.keys(after).filter((name) => after[name] !== before[name]);
  if (names.length === 0) return [];
  return [`! ${names.join(", ")}: changed, in force after \`launch up -d --replace\``];
}

function describeDifference({ added, removed, changed, same }: UnitDifference): readonly string[] {
  return [
    ...added.map(({ unit }) => `+ ${unit.kind} ${unit.name}: started`),
    ...removed.map(({ unit }) => `- ${unit.kind} ${unit.name}: stopped`),
    ...changed.map(
      ({ declared: { unit }, what }) => `~ ${unit.kind} ${unit.name}: started anew (${what.join(", ")})`,
    ),
    `${same} unchanged`,
  ];
}

// What decided here must decide there.
function sameFlags({ flags }: Io): readonly string[] {
  const given = [
    ["--config", flags.config],
    ["--env-file", flags.envFile],
    ["--state-dir", flags.stateDir],
    ["--key-file", flags.keyFile],
  ] as const;
  return given.flatMap(([flag, value]) => (value === undefined ? [] : [flag, value]));
}

function runsAlready(pid: number, { config }: Workspace): UsageError {
  return new UsageError(
    "LAUNCH_ALREADY_EXISTS",
    `\`launch up\` runs already for the state folder ${config.stateFolder}, as pid ${pid}.`,
    { hint: "Hand changes of launch.yaml to it with `launch reload`, or end it with `launch down`." },
  );
}

function nothingToStart({ config }: Workspace): UsageError {
  return new UsageError("LAUNCH_UNKNOWN_UNIT", `No unit of ${config.file ?? "launch.yaml"} can be started.`, {
    hint: "The lines above say why; `launch config check` says it again.",
  });
}
