import { type ListedAccount, listAccounts } from "../../../operations/accounts/list-accounts.ts";
import { accountsView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { cell } from "../../view/ages.ts";
import { type FittedTable, fewOf, renderFitted } from "../../view/fitted-table.ts";
import type { Style } from "../../view/style.ts";

export const usage = {
  details:
    "Shows each proxy with its priority, and with its status unless that is standby or active. Without --wide the table fits the terminal, and a long list of proxies ends with the number of the others.",
  flags: {
    wide: {
      kind: "toggle",
      help: "Show all columns and all proxies, even if the table is wider than the terminal.",
    },
  },
} as const satisfies CommandUsage;

const table = {
  columns: ["account", "venues", "countries", "group", "held", "proxies"],
  expendable: ["countries", "group"],
  narrowest: { account: 16, venues: 10, countries: 9, group: 10, held: 12, proxies: 16 },
  empty: "There are no accounts. Add one with `launch account add <name>`.",
} as const satisfies FittedTable<"account" | "venues" | "countries" | "group" | "held" | "proxies">;

/** Gives back the accounts with their proxies. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const store = await workspace.openStore();
  const accounts = await listAccounts(store);
  const { rememberNamesOf } = await import("../../../compose/database/known-names.ts");
  await rememberNamesOf(workspace.config, store);
  const { wide } = context.flags;
  const rowsFor = (style: Style) =>
    accounts.map(({ account, proxies }) => ({
      account: account.name,
      venues: account.venues.join(","),
      countries: cell(account.allowedCountries.join(",")),
      group: cell(account.groupName),
      held: cell(account.hold?.why),
      proxies: cell(fewOf(proxies.map(proxyWords), style, wide).join(", ")),
    }));
  return {
    data: accountsView(accounts),
    text: (style) => renderFitted(table, rowsFor(style), style, wide),
  };
}

function proxyWords({ proxy, assignment: { priority, status } }: ListedAccount["proxies"][number]): string {
  const isUsual = status === "standby" || status === "active";
  return `${priority}:${proxy.label}${isUsual ? "" : ` (${status})`}`;
}
