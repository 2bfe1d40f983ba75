import { formatEndpoint } from "../../../domain/proxy/proxy-endpoint.ts";
import type { Operator } from "../../../operations/operator.ts";
import { type ListedProxy, listProxies } from "../../../operations/proxies/list-proxies.ts";
import { proxiesView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { cell, lengthCell } from "../../view/ages.ts";
import { type FittedTable, fewOf, renderFitted } from "../../view/fitted-table.ts";
import type { Style } from "../../view/style.ts";

export const usage = {
  details:
    "Without --wide the table fits the terminal, and a long list of accounts ends with the number of the others.",
  flags: {
    account: { kind: "text", value: "name", help: "Only those that this account may use." },
    hosts: {
      kind: "toggle",
      help: "Show one line for each host that has used a proxy, with what that host sees.",
    },
    wide: {
      kind: "toggle",
      help: "Show all columns and all accounts, even if the table is wider than the terminal.",
    },
  },
} as const satisfies CommandUsage;

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
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const operator = await workspace.openOperator();
  const listed = await listProxies(operator, workspace.processes, context.flags.account);
  if (context.flags.hosts) return byHost(listed, operator, context);
  const now = workspace.clock.now();
  const { account, wide } = context.flags;
  const rowsFor = (style: Style) =>
    listed.map(({ proxy, shown, accounts, runs }) => ({
      proxy: proxy.label,
      endpoint: formatEndpoint(proxy.endpoint),
      state: shown.state,
      for: lengthCell(now - shown.since),
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

const hostTable = {
  columns: ["proxy", "host", "state", "for", "failures", "next_try", "last_ok", "ms"],
  expendable: ["ms", "next_try"],
  narrowest: { proxy: 20, host: 16 },
  empty: "No host has used a proxy within the last 7 days.",
} as const satisfies FittedTable<string>;

function byHost(
  listed: readonly ListedProxy[],
  { hostKey, clock }: Pick<Operator, "hostKey" | "clock">,
  { flags }: Context<typeof usage>,
): Outcome {
  const now = clock.now();
  const rows = listed.flatMap(({ proxy, health }) =>
    health.map((row) => ({
      proxy: proxy.label,
      host: row.hostKey === hostKey ? `${row.hostKey} (this one)` : row.hostKey,
      state: row.state,
      for: lengthCell(now - row.since),
      failures: String(row.failures),
      next_try:
        row.nextProbeAt === undefined ? cell(undefined) : lengthCell(Math.max(0, row.nextProbeAt - now)),
      last_ok: row.lastOkAt === undefined ? cell(undefined) : lengthCell(now - row.lastOkAt),
      ms: cell(row.latencyMs),
    })),
  );
  return { data: proxiesView(listed), text: (style) => renderFitted(hostTable, rows, style, flags.wide) };
}

function emptyFor(account: string | undefined): string {
  return account === undefined
    ? "There are no proxies. Add one with `launch proxy add`, or a list with `launch proxy import`."
    : `${account} has no proxies. Give it one with \`launch assign ${account} <label>\`.`;
}
