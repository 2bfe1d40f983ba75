import { listAccounts } from "../../../operations/accounts/list-accounts.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";
import { cell } from "../../view/ages.ts";
import { accountAsJson, assignmentAsJson } from "../../view/pool-json.ts";
import { renderTable } from "../../view/table.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details: "Each proxy stands with its priority and, unless it is standby or active, its status.",
};

/** What the command takes. */
export const args = { operands: [], flags: {} } as const satisfies CommandArgs;

/** Gives back the accounts with their proxies. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const store = await (await context.openWorkspace()).openStore();
  const accounts = await listAccounts(store);
  const rows = accounts.map(({ account, proxies }) => ({
    account: account.name,
    venues: account.venues.join(","),
    countries: cell(account.allowedCountries.join(",")),
    group: cell(account.groupName),
    held: cell(account.hold?.why),
    proxies: cell(
      proxies
        .map(({ proxy, assignment: { priority, status } }) => {
          const isUsual = status === "standby" || status === "active";
          return `${priority}:${proxy.label}${isUsual ? "" : ` (${status})`}`;
        })
        .join(", "),
    ),
  }));
  return {
    data: {
      version: 1,
      accounts: accounts.map(({ account, proxies }) => ({
        ...accountAsJson(account),
        assignments: proxies.map(({ proxy, assignment }) => assignmentAsJson(assignment, proxy.label)),
      })),
    },
    text: (style) => renderTable(["account", "venues", "countries", "group", "held", "proxies"], rows, style),
  };
}
