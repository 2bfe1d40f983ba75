import { formatEndpoint } from "../../../domain/proxy/proxy-endpoint.ts";
import { listProxies } from "../../../operations/proxies/list-proxies.ts";
import type { CommandArgs, CommandMeta, Context, Outcome } from "../../command.ts";
import { cell, lengthCell } from "../../view/ages.ts";
import { proxyAsJson } from "../../view/pool-json.ts";
import { renderTable } from "../../view/table.ts";

/** What help adds to the summary. */
export const meta: CommandMeta = {};

/** What the command takes. */
export const args = {
  operands: [],
  flags: { account: { kind: "text", value: "name", help: "Only those that this account may use." } },
} as const satisfies CommandArgs;

/** Gives back the pool. */
export async function run(context: Context<typeof args>): Promise<Outcome> {
  const workspace = await context.openWorkspace();
  const listed = await listProxies(await workspace.openStore(), workspace.processes, context.flags.account);
  const now = workspace.clock.now();
  const rows = listed.map(({ proxy, accounts, runs }) => ({
    proxy: proxy.label,
    endpoint: formatEndpoint(proxy.endpoint),
    state: proxy.isActive ? proxy.state : "disabled",
    for: lengthCell(now - proxy.stateSince),
    expected_ip: cell(proxy.expectedIp),
    country: cell(proxy.country),
    accounts: cell(accounts.join(",")),
    used_by: cell(runs.map((run) => run.unit.name).join(",")),
  }));
  return {
    data: {
      version: 1,
      proxies: listed.map(({ proxy, accounts, runs }) => ({
        ...proxyAsJson(proxy),
        accounts,
        used_by: runs.map((run) => run.unit.name),
      })),
    },
    text: (style) =>
      renderTable(
        ["proxy", "endpoint", "state", "for", "expected_ip", "country", "accounts", "used_by"],
        rows,
        style,
      ),
  };
}
