import { formatEndpoint } from "../../../domain/proxy/proxy-endpoint.ts";
import { listProxies } from "../../../operations/proxies/list-proxies.ts";
import { proxiesView } from "../../../operations/views/pool.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";
import { cell, lengthCell } from "../../view/ages.ts";
import { fewOf, renderFitted } from "../../view/fitted-table.ts";
import type { Style } from "../../view/style.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {
  details:
    "On a terminal the table fits it unless --wide is given, and many accounts end in how many more there are.",
};

/** What the command takes. */
export const args = {
  operands: [],
  flags: {
    account: { kind: "text", value: "name", help: "Only those that this account may use." },
    wide: { kind: "toggle", help: "All columns and all accounts, however wide." },
  },
} as const satisfies CommandArgs;

const columns = [
  "proxy",
  "endpoint",
  "state",
  "for",
  "expected_ip",
  "country",
  "accounts",
  "used_by",
] as const;
const expendable = ["country", "for", "expected_ip"] as const;
const narrowest = { proxy: 20, endpoint: 20, accounts: 10, used_by: 8 };

/** Gives back the pool. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const listed = await listProxies(await workspace.openStore(), workspace.processes, context.flags.account);
  const now = workspace.clock.now();
  const { account, wide } = context.flags;
  const rowsFor = (style: Style) =>
    listed.map(({ proxy, accounts, runs }) => ({
      proxy: proxy.label,
      endpoint: formatEndpoint(proxy.endpoint),
      state: proxy.isActive ? proxy.state : "disabled",
      for: lengthCell(now - proxy.stateSince),
      expected_ip: cell(proxy.expectedIp),
      country: cell(proxy.country),
      accounts: cell(fewOf(accounts, style, wide).join(",")),
      used_by: cell(runs.map((run) => run.unit.name).join(",")),
    }));
  return {
    data: proxiesView(listed),
    text: (style) =>
      renderFitted({ columns, expendable, narrowest, empty: emptyFor(account) }, rowsFor(style), style, wide),
  };
}

function emptyFor(account: string | undefined): string {
  return account === undefined
    ? "There are no proxies. Add one with `launch proxy add`, or a list with `launch proxy import`."
    : `${account} has no proxies. Give it one with \`launch assign ${account} <label>\`.`;
}
