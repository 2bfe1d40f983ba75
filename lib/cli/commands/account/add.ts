import { UsageError } from "../../../errors.ts";
import { addAccount, type FirstProxy } from "../../../operations/accounts/add-account.ts";
import { readProxyRequest } from "../../../operations/proxies/read-proxy-request.ts";
import { accountView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readCountry, readVenue } from "../../parse/account-flags.ts";
import { factsOf, proxyFlags, refuseLoneSecret, secretOf } from "../../terminal/proxy-flags.ts";

/** What help says of the command, and what it takes. */
export const usage = {
  details:
    "With --proxy-label and --proxy-endpoint its first proxy is added and assigned in the same step, all or nothing. With --proxy-label alone, an existing proxy is assigned. Without --venue the account counts for every venue.",
  examples: [
    "launch account add alice --venue binance --proxy-label fra-1 --proxy-endpoint http://gw.example:8001 --proxy-user u --proxy-pass-stdin --proxy-priority 1",
  ],
  operands: [{ name: "name", help: "The account's name.", arity: "one" }],
  flags: {
    venue: { kind: "list", value: "name", help: "An exchange or broker it trades at." },
    "new-venue": { kind: "toggle", help: "The venue's name is new and spelt correctly." },
    country: {
      kind: "list",
      value: "code",
      help: "A country that its exit may be in; without one, any country is allowed.",
    },
    group: { kind: "text", value: "name", help: "Accounts of one group may share an exit IP." },
    "proxy-label": { kind: "text", value: "label", help: "Its first proxy." },
    "proxy-endpoint": {
      kind: "text",
      value: "url",
      help: "Scheme, host and port: http://, https:// or socks5://.",
    },
    "proxy-priority": { kind: "count", value: "number", help: "Lower is preferred (1)." },
    ...proxyFlags,
  },
} as const satisfies CommandUsage;

/** Adds the account. */
export async function run(context: Context<typeof usage>): Promise<Outcome> {
  const { flags } = context;
  const proxy = await firstProxy(context);
  const request = {
    name: context.args.name,
    venues: flags.venue.map(readVenue),
    newVenue: flags["new-venue"],
    allowedCountries: flags.country.map(readCountry),
    groupName: flags.group,
    proxy,
  };
  const operator = await (await context.openWorkspace()).openOperator();
  const added = await addAccount(operator, request);
  const { name } = added.account;
  const venues = added.account.venues.join(", ");
  if (added.newGroup !== undefined) context.io.warn(`note: ${added.newGroup}`);
  const next =
    added.proxy === undefined ? `launch assign ${name} LABEL` : `launch proxy check ${added.proxy.label}`;
  return {
    data: { version: 1, account: accountView(added.account), proxy: added.proxy?.label ?? null },
    notes: [`Account ${name} was added for ${venues === "any" ? "any venue" : venues}. Next: ${next}`],
  };
}

async function firstProxy(context: Context<typeof usage>): Promise<FirstProxy | undefined> {
  const { flags, io } = context;
  const { "proxy-label": label, "proxy-endpoint": endpoint, "proxy-priority": priority = 1 } = flags;
  refuseLoneSecret(flags);
  if (label === undefined) {
    if (endpoint === undefined && flags["proxy-user"] === undefined) return undefined;
    throw new UsageError("LAUNCH_USAGE", "A proxy was described without --proxy-label.");
  }
  if (endpoint === undefined) {
    if (flags["proxy-user"] === undefined) return { kind: "known", label, priority };
    throw new UsageError("LAUNCH_USAGE", `--proxy-user was given for ${label} without --proxy-endpoint.`);
  }
  const { value: request, warnings } = await readProxyRequest({
    label,
    endpoint,
    user: flags["proxy-user"],
    readSecret: () => secretOf(flags, label, io),
    ...factsOf(flags),
  });
  for (const warning of warnings) io.warn(`warning: ${warning}`);
  return { kind: "new", request, priority };
}
