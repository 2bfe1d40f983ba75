import { errorCatalogue, UsageError } from "../../../errors.ts";
import { assignProxy } from "../../../operations/assignments/change-assignment.ts";
import { spreadExits } from "../../../operations/assignments/spread-exits.ts";
import { listAccountExits } from "../../../operations/exits/account-exits.ts";
import { rehearse } from "../../../operations/rehearse.ts";
import { assignmentView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";

export const usage = {
  details:
    "Run it again to change the priority. A new priority never moves a running bot. With --spread each account that the pattern names gets free proxies of its own until it has --exits of them: none twice, no exit twice, from countries that it allows, and from as many vendors as there are. What an account has stays.",
  examples: [
    "launch assign alice fra-2",
    "launch assign alice fra-2 --priority 1",
    "launch assign 'fut-*' --spread --dry-run",
    "launch assign 'fut-*' --spread --exits 2",
  ],
  operands: [
    { name: "account", help: "The account's name; with --spread also a pattern ('fut-*').", arity: "one" },
    { name: "proxy", help: "The proxy's label; none with --spread.", arity: "optional" },
  ],
  flags: {
    priority: {
      kind: "count",
      value: "number",
      help: "Lower is preferred; by default it comes after the others.",
    },
    spread: { kind: "toggle", help: "Give each account exits of its own from the free proxies of the pool." },
    exits: { kind: "count", value: "count", help: "How many exits each is to have; with --spread (1)." },
    "dry-run": { kind: "toggle", help: "Only say what would be done; with --spread." },
  },
} as const satisfies CommandUsage;

/** Lets the account use the proxy. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { account, proxy } = context.args;
  const { priority, spread, exits: wanted, "dry-run": isDryRun } = context.flags;
  if (spread) return await spreadOut(context);
  if (proxy === undefined)
    throw new UsageError("LAUNCH_USAGE", `Which proxy may ${account} use?`, {
      hint: `Type \`launch assign ${account} LABEL\`, or \`launch assign ${account} --spread\` for any free one.`,
    });
  if (wanted !== undefined || isDryRun)
    throw new UsageError("LAUNCH_USAGE", "--exits and --dry-run are for --spread.");
  const operator = await (await context.openWorkspace()).openOperator();
  const pairing = { accountName: account, proxyLabel: proxy };
  const assignment = await assignProxy(operator, pairing, priority);
  const { exits, registered } = await listAccountExits(operator, account);
  const exit = exits.find((each) => each.proxyLabel === proxy);
  const list = [...registered, exit?.exitIp].join(",");
  if (exit?.isRegistered === false)
    context.io.warn(
      exit.exitIp === undefined
        ? `note: ${account} has a list of registered exits, and nobody knows the exit of ${proxy} yet: run \`launch proxy check ${proxy}\`.`
        : `note: ${proxy} leaves from ${exit.exitIp}, which is not registered for ${account}: it is never used until you register it and run \`launch account edit ${account} --registered ${list}\`.`,
    );
  return {
    data: { version: 1, account, assignment: assignmentView(assignment, proxy) },
    notes: [`${account} may use ${proxy} at priority ${assignment.priority}.`],
  };
}

async function spreadOut(context: Context<typeof usage>): Promise<Outcome> {
  const { account: pattern, proxy } = context.args;
  const { priority, exits: wanted = 1, "dry-run": isDryRun } = context.flags;
  if (proxy !== undefined || priority !== undefined)
    throw new UsageError("LAUNCH_USAGE", "--spread chooses the proxies: leave out the label and --priority.");
  if (wanted < 1) throw new UsageError("LAUNCH_INVALID_VALUE", "--exits must be at least 1.");
  const operator = await (await context.openWorkspace()).openOperator();
  const work = (each: typeof operator) => spreadExits(each, { pattern, wanted });
  const { accounts, deals, short } = isDryRun ? await rehearse(operator, work) : await work(operator);
  const lines = accounts.map(({ id, name, own }) => {
    const given = deals.filter((deal) => deal.account.id === id);
    const missing = short.find((each) => each.account.id === id)?.missing ?? 0;
    const labels = given.map(({ proxy: { label, provider } }) =>
      provider === undefined ? label : `${label} (${provider})`,
    );
    const gets = labels.length === 0 ? `keeps its ${own.length}` : `gets ${labels.join(", ")}`;
    const text = `${name}: ${gets}${missing === 0 ? "" : `; ${missing} missing, no free proxy fits`}`;
    return { text, data: { account: name, proxies: given.map((deal) => deal.proxy.label), missing } };
  });
  return {
    data: { version: 1, dry_run: isDryRun, accounts: lines.map(({ data }) => data) },
    text: () => lines.map(({ text }) => text).join("\n"),
    notes: [
      ...(isDryRun ? ["Nothing was done: this is what would be."] : []),
      ...(short.length === 0
        ? []
        : ["Add proxies with `launch proxy import`, then run the same command again."]),
    ],
    ...(short.length === 0 ? {} : { exitStatus: errorCatalogue.LAUNCH_PROXY_UNAVAILABLE.exitStatus }),
  };
}
