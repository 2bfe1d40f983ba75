import { UsageError } from "../../../errors.ts";
import type { AddedAccount, FirstProxy } from "../../../operations/accounts/add-account.ts";
import { addAccounts } from "../../../operations/accounts/add-accounts.ts";
import { readProxyRequest } from "../../../operations/proxies/read-proxy-request.ts";
import { accountView } from "../../../operations/views/pool.ts";
import type { CommandUsage, Context, Outcome } from "../../command.ts";
import { readCountry, readVenue } from "../../parse/account-flags.ts";
import { factsOf, proxyFlags, refuseLoneSecret, secretOf } from "../../terminal/proxy-flags.ts";
import { tellAlike } from "../../words/tell-alike.ts";

export const usage = {
  details:
    "With --proxy-label and --proxy-endpoint its first proxy is added and assigned in the same step, all or nothing. With --proxy-label alone, an existing proxy is assigned. Without --venue the account counts for every venue. Names that differ only in case are two accounts: it says so, as `account import` and the commands that label proxies do.",
  examples: [
    "launch account add fut-1 fut-2 fut-3 --venue binance",
    "launch account add alice --venue binance --proxy-label fra-1 --proxy-endpoint http://gw.example:8001 --proxy-user u --proxy-pass-stdin --proxy-priority 1",
  ],
  operands: [
    { name: "name", help: "The account's name.", arity: "one" },
    { name: "names", help: "Further accounts of the same venues, countries and group.", arity: "many" },
  ],
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
  const { name, names } = context.args;
  const proxy = await firstProxy(context);
  if (proxy !== undefined && names.length > 0)
    throw new UsageError("LAUNCH_USAGE", "One proxy was given for several accounts.", {
      hint: "Add them without a proxy, then give each an exit of its own with `launch assign NAME LABEL`.",
    });
  const common = {
    venues: flags.venue.map(readVenue),
    newVenue: flags["new-venue"],
    allowedCountries: flags.country.map(readCountry),
    groupName: flags.group,
    proxy,
  };
  const operator = await (await context.openWorkspace()).openOperator();
  const { store } = operator;
  const present = await store.accounts.namesLike([name, ...names]);
  const labels = proxy?.kind === "new" ? await store.proxies.labelsLike([proxy.request.label]) : [];
  const all = await addAccounts(
    operator,
    [name, ...names].map((each) => ({ name: each, ...common })),
  );
  tellAlike(context.io, { what: "account", added: [name, ...names], present });
  if (proxy?.kind === "new")
    tellAlike(context.io, { what: "proxy", added: [proxy.request.label], present: labels });
  for (const { newGroup } of all) if (newGroup !== undefined) context.io.warn(`note: ${newGroup}`);
  return outcomeOf(all);
}

function outcomeOf(all: readonly AddedAccount[]): Outcome {
  const accounts = all.map(({ account }) => accountView(account));
  const [first] = all;
  const [only] = all.length === 1 ? all : [];
  const label = only?.proxy?.label;
  const names = all.map(({ account }) => account.name);
  const places = first?.account.venues.join(", ");
  const what =
    only === undefined ? `${names.length} accounts were added` : `Account ${names.join()} was added`;
  const next =
    label === undefined
      ? `launch assign ${only === undefined ? "NAME" : names.join()} LABEL`
      : `launch proxy check ${label}`;
  return {
    data: {
      version: 1,
      account: only === undefined ? null : accounts[0],
      proxy: label ?? null,
      accounts,
    },
    notes: [`${what} for ${places === "any" ? "any venue" : places}. Next: ${next}`],
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
