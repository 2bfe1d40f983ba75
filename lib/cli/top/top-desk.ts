import { openLogs } from "../../compose/logs/open-logs.ts";
import { openReach } from "../../compose/operators/reach-launchers.ts";
import type { Workspace } from "../../compose/workspace.ts";
import { logFileOf } from "../../config/load/units.ts";
import type { UnitLine } from "../../domain/logs/named-log.ts";
import { UsageError } from "../../errors.ts";
import type { KnownUnit } from "../../operations/find-by-name.ts";
import { MergedLogs, openedLogs } from "../../operations/logs/merged-logs.ts";
import { readCrash } from "../../operations/logs/read-crash.ts";
import type { Operator } from "../../operations/operator.ts";
import type { RunRow } from "../../operations/runs/list-runs.ts";
import { findUnits } from "../../operations/units/find-units.ts";
import { type LiveDesk, liveDesk, unitWord } from "../../operations/units/live-desk.ts";
import { operateUnits } from "../../operations/units/operate-units.ts";
import { rotateAccount } from "../../operations/units/rotate-account.ts";
import { unitStatus } from "../../operations/units/unit-status.ts";
import { explainAccount } from "../../operations/why/explain-account.ts";
import { pause } from "../terminal/pause.ts";
import { renderExplanation } from "../view/explanation.ts";
import { renderLogLines } from "../view/log-lines.ts";
import type { Style } from "../view/style.ts";
import { renderStatus } from "../view/units/unit-status.ts";
import type { TopVerb } from "./state.ts";

/** What the live screen reads and does, each by the operation of the command of that name. */
export interface TopDesk {
  read(): Promise<LiveDesk>;
  /** Gives back what became of it. */
  act(verb: TopVerb, row: RunRow): Promise<string>;
  why(row: RunRow, style: Style): Promise<string>;
  status(row: RunRow, style: Style): Promise<string>;
  /** Shows the last lines of its log, again whenever there are more. */
  logs(
    row: RunRow,
    style: Style,
    on: { readonly show: (text: string) => void; readonly closed: AbortSignal },
  ): Promise<void>;
}

const keptLines = 1_000;
/** A line can be a MiB long. */
const shownOfLine = 4_000;
const lookEveryMs = 500;

/** Opens the desk of this state folder and its database. */
export function openTopDesk(workspace: Workspace, operator: Operator): TopDesk {
  const { config, processes, clock } = workspace;
  const reach = openReach(workspace);
  const collectors = Object.keys(config.collectors);
  const { order } = config.selection;
  const known = async (row: RunRow): Promise<KnownUnit> => {
    const [unit] = await findUnits(operator.store, { names: [unitWord(row)], isAll: false }, collectors);
    if (unit === undefined) throw new UsageError("LAUNCH_UNKNOWN_UNIT", `${row.unit} is gone.`);
    return unit;
  };
  const desk: TopDesk = {
    read: () => liveDesk(operator.store, processes, reach, { now: clock.now(), collectors }),
    async act(verb, row) {
      if (verb === "rotate")
        return (await rotateAccount(operator, reach, { accountName: row.unit, isAwaited: true })).text;
      const units = [await known(row)];
      const [done] = await operateUnits(operator, reach, units, { verb, isAwaited: true });
      return done?.text ?? "";
    },
    async why(row, style) {
      if (row.kind === "collector") return await desk.status(row, style);
      const by = { rules: config.switching.rules, order };
      const found = await explainAccount(operator, processes, row.unit, by);
      const { reader, places } = openLogs(workspace);
      return renderExplanation(found, style, await readCrash(reader, places.placeOf(row.unit).path));
    },
    async status(row, style) {
      const found = await unitStatus(operator, reach, await known(row), order);
      const log = found.snapshot?.logFile ?? logFileOf(config, row.kind, row.unit);
      return renderStatus(found, log, style);
    },
    async logs({ kind, unit: name }, style, { show, closed }) {
      const { reader } = openLogs(workspace);
      const log = { kind, name, path: logFileOf(config, kind, name) };
      if (!(await reader.has(log.path)))
        show(`No log of ${name} is on this host: ${log.path} is not there yet.`);
      const merged = new MergedLogs(await openedLogs(reader, [log], { lines: keptLines, since: undefined }));
      let lines: readonly string[] = [];
      try {
        do {
          const more = await allOf(merged);
          const text = renderLogLines(more.map(shortened), { form: "text", names: undefined, style });
          if (text === undefined) continue;
          lines = [...lines, ...String(text).split("\n")].slice(-keptLines);
          show(lines.join("\n"));
        } while (await pause(lookEveryMs, closed));
      } finally {
        await merged.close();
      }
    },
  };
  return desk;
}

async function allOf(merged: MergedLogs): Promise<readonly UnitLine[]> {
  let all: readonly UnitLine[] = [];
  for (let more = await merged.next(); more.length > 0; more = await merged.next())
    all = [...all, ...more].slice(-keptLines);
  return all;
}

function shortened(line: UnitLine): UnitLine {
  return line.text.length <= shownOfLine ? line : { ...line, text: `${line.text.slice(0, shownOfLine)} …` };
}
