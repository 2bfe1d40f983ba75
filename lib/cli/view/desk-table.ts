import type { UpRecord } from "../../compose/desk/detach.ts";
import type { DeclaredUnits } from "../../compose/desk/plan-desk.ts";
import { wordsApart } from "../../domain/text/unit-word.ts";
import type { UnitPreview } from "../../operations/units/preview-units.ts";
import { cell } from "./ages.ts";
import { renderFitted } from "./fitted-table.ts";
import type { Style } from "./style.ts";

const previewColumns = ["unit", "outcome", "proxy", "exit_ip", "why"] as const;
const outcomes: Readonly<Record<UnitPreview["outcome"], string>> = {
  starts: "starts",
  runs: "runs already",
  waits: "waits",
  stays_down: "stays down",
  refused: "refused",
};

/** What would become of each unit. */
export function renderPreview(
  previews: readonly UnitPreview[],
  refused: DeclaredUnits["refused"],
  style: Style,
): string {
  const wordOf = wordsApart([...previews, ...refused]);
  const rows = [
    ...previews.map(({ kind, name, outcome, label, exitIp, why }) => ({
      unit: wordOf({ kind, name }),
      outcome: outcomes[outcome],
      proxy: cell(label),
      exit_ip: cell(exitIp),
      why: cell(why),
    })),
    ...refused.map(({ why, ...unit }) => ({
      unit: wordOf(unit),
      outcome: "refused",
      proxy: "-",
      exit_ip: "-",
      why,
    })),
  ];
  return renderFitted(
    { columns: previewColumns, expendable: [], narrowest: { why: 24 }, empty: "No unit is declared." },
    rows,
    style,
  );
}

const settledColumns = ["unit", "state", "why"] as const;

/** Where each unit stands after its first chance. */
export function renderSettled(units: NonNullable<UpRecord["settled"]>, style: Style): string {
  const wordOf = wordsApart(units);
  const rows = units.map((unit) => ({ unit: wordOf(unit), state: unit.state, why: cell(unit.why) }));
  return renderFitted(
    { columns: settledColumns, expendable: [], narrowest: { why: 24 }, empty: "No unit is started yet." },
    rows,
    style,
  );
}
