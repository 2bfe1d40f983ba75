import type { UpRecord } from "../../compose/desk/detach.ts";
import type { UnitPreview } from "../../operations/units/preview-units.ts";
import { wordsApart } from "../../operations/units/words-apart.ts";
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
  refused: readonly { readonly name: string; readonly why: string }[],
  style: Style,
): string {
  const wordOf = wordsApart(previews);
  const rows = [
    ...previews.map(({ kind, name, outcome, label, exitIp, why }) => ({
      unit: wordOf({ kind, name }),
      outcome: outcomes[outcome],
      proxy: cell(label),
      exit_ip: cell(exitIp),
      why: cell(why),
    })),
    ...refused.map(({ name, why }) => ({ unit: name, outcome: "refused", proxy: "-", exit_ip: "-", why })),
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
  const rows = units.map(({ name, state, why }) => ({ unit: name, state, why: cell(why) }));
  return renderFitted(
    { columns: settledColumns, expendable: [], narrowest: { why: 24 }, empty: "No unit is started yet." },
    rows,
    style,
  );
}
