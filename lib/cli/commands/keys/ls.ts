import { listKeys } from "../../../operations/keys/list-keys.ts";
import { keysView } from "../../../operations/views/keys.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { type FittedTable, renderFitted } from "../../view/fitted-table.ts";

export const usage = {
  details:
    "The newest key seals new credentials; older keys only open existing ones. A key marked `missing` has sealed rows but is not on this host.",
} as const satisfies CommandUsage;

const table = {
  columns: ["key", "role", "rows"],
  expendable: [],
  narrowest: {},
  empty: "There are no keys. Make one with `launch keys new`.",
} as const satisfies FittedTable<"key" | "role" | "rows">;

/** Gives back the ids of the keys, never the keys. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const keys = await listKeys(await workspace.openOperator());
  const rows = keys.map(({ keyId, role, rows: count }) => ({ key: keyId, role, rows: String(count) }));
  return {
    data: keysView(workspace.keyring.place, keys),
    text: (style) => renderFitted(table, rows, style),
  };
}
