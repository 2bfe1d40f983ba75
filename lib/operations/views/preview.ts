import type { UnitPreview } from "../units/preview-units.ts";

/** The answer of `launch up --dry-run --json`: what each unit would become. */
export function previewView(
  previews: readonly UnitPreview[],
  refused: readonly { readonly name: string; readonly why: string }[],
) {
  return {
    version: 1,
    units: previews.map(({ name, kind, outcome, label, exitIp, why }) => ({
      name,
      kind,
      outcome,
      proxy: label ?? null,
      exit_ip: exitIp ?? null,
      why: why ?? null,
    })),
    refused,
  };
}
